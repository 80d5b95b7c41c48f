//! Lengths of time as the Passwordless surface writes them: `[d.]hh:mm:ss[.fraction]`.

use std::time::Duration;

/// Reads a time span; of a negative one nothing is left.
pub(crate) fn time_span(text: &str) -> Option<Duration> {
    let (negative, text) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let (hours, rest) = text.split_once(':')?;
    let (minutes, seconds) = rest.split_once(':')?;
    let (days, hours) = hours.split_once('.').unwrap_or(("0", hours));
    let (seconds, fraction) = seconds.split_once('.').unwrap_or((seconds, "0"));
    let number = |digits: &str, most: u64| {
        let all_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
        let number: u64 = digits.parse().ok().filter(|_| all_digits)?;
        (number <= most).then_some(number)
    };
    let two = |digits: &str, most| number(digits, most).filter(|_| digits.len() == 2);
    let whole = number(days, 10_675_199)? * 86_400
        + two(hours, 23)? * 3600
        + two(minutes, 59)? * 60
        + two(seconds, 59)?;
    if fraction.is_empty() || fraction.len() > 7 {
        return None;
    }
    let ticks = number(&format!("{fraction:0<7}"), 9_999_999)?;
    let nanos = u32::try_from(ticks).ok()?.checked_mul(100)?;
    Some(if negative {
        Duration::ZERO
    } else {
        Duration::new(whole, nanos)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_spans_have_days_and_fractions() {
        for (text, span) in [
            ("00:02:00", Duration::from_secs(120)),
            ("1.02:03:04", Duration::from_secs(93_784)),
            ("00:00:00.5", Duration::from_millis(500)),
            (
                "10675199.23:59:59.9999999",
                Duration::new(922_337_279_999, 999_999_900),
            ),
            ("-00:02:00", Duration::ZERO),
            ("00:00:00", Duration::ZERO),
        ] {
            assert_eq!(time_span(text), Some(span), "{text}");
        }
        for bad in [
            "",
            "120",
            "00:02",
            "0:02:00",
            "24:00:00",
            "00:60:00",
            "00:00:60",
            "+0.00:02:00",
            "00:00:00.",
            "1.:00:00",
            "00:00:00.12345678",
            "99999999999999999999.00:00:00",
            "00:0å:00",
        ] {
            assert_eq!(time_span(bad), None, "{bad}");
        }
    }
}
