//! Ideas: the resource of the Idea Pool.

use std::{fmt, str::FromStr};

use jiff::Timestamp;

use crate::{TenantId, TextError, UserKey, text};

/// The most characters (Unicode scalar values) of an idea.
pub const LONGEST_CONTENT: usize = 255;

/// The name of an idea: lower-case base 36, unique in its tenant, growing with time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IdeaId(String);

impl IdeaId {
    /// Random ids of one millisecond.
    const PER_MILLISECOND: u128 = 36 * 36 * 36 * 36;

    /// Makes a name from the time and randomness: milliseconds, and four random digits after them.
    pub fn generate(now: Timestamp, random: [u8; 8]) -> Self {
        let millis = u128::try_from(now.as_millisecond()).unwrap_or(0);
        let random = u128::from(u64::from_be_bytes(random)) % Self::PER_MILLISECOND;
        let mut number = millis * Self::PER_MILLISECOND + random;
        let mut digits = Vec::new();
        while number > 0 {
            let digit = u32::try_from(number % 36).unwrap_or(0);
            digits.extend(char::from_digit(digit, 36));
            number /= 36;
        }
        Self(digits.into_iter().rev().collect())
    }

    /// The name as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdeaId {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        let good = (1..=24).contains(&text.len())
            && text
                .bytes()
                .all(|c| c.is_ascii_digit() || c.is_ascii_lowercase());
        if good {
            Ok(Self(text.to_owned()))
        } else {
            Err(TextError::Form("lower-case letters and digits"))
        }
    }
}

impl fmt::Display for IdeaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The text of an idea: 1 to 255 characters, not only white space.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IdeaContent(String);

impl IdeaContent {
    /// Takes a text of the right length that can be stored.
    ///
    /// # Errors
    /// [`TextError::Empty`], [`TextError::TooLong`] and [`TextError::Nul`].
    pub fn new(content: impl Into<String>) -> Result<Self, TextError> {
        let content = content.into();
        if content.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if content.chars().count() > LONGEST_CONTENT {
            return Err(TextError::TooLong {
                limit: LONGEST_CONTENT,
                unit: "characters",
            });
        }
        text::storable(&content)?;
        Ok(Self(content))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A score from 1 to 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Score(u8);

impl Score {
    /// The number, if it is one of the ten.
    pub fn new(number: i64) -> Option<Self> {
        u8::try_from(number)
            .ok()
            .filter(|number| (1..=10).contains(number))
            .map(Self)
    }

    /// The number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// What an idea is judged by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scores {
    /// How much it would change.
    pub impact: Score,
    /// How easily it is done.
    pub ease: Score,
    /// How sure one is of the other two.
    pub confidence: Score,
}

impl Scores {
    /// The sum, by which ideas are ordered as by the mean.
    pub const fn sum(self) -> u8 {
        self.impact.0 + self.ease.0 + self.confidence.0
    }

    /// The mean of the three.
    pub fn average(self) -> f64 {
        f64::from(self.sum()) / 3.0
    }
}

/// An idea of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idea {
    /// Its name.
    pub id: IdeaId,
    /// Whose tenant.
    pub tenant: TenantId,
    /// Whose idea.
    pub owner: UserKey,
    /// What it is.
    pub content: IdeaContent,
    /// What it is judged by.
    pub scores: Scores,
    /// When it was made.
    pub created_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millisecond: i64) -> Timestamp {
        Timestamp::from_millisecond(millisecond).unwrap()
    }

    #[test]
    fn ids_are_short_and_grow_with_time() {
        let mut last = IdeaId::generate(at(1_700_000_000_000), [0; 8]);
        assert!(last.as_str().len() <= 12, "{last}");
        for millisecond in 1..100 {
            let next = IdeaId::generate(at(1_700_000_000_000 + millisecond), [0xff; 8]);
            assert!(next > last && next.as_str().len() == last.as_str().len());
            assert_eq!(next.as_str().parse(), Ok(next.clone()));
            last = next;
        }
        assert_ne!(
            IdeaId::generate(at(0), [1; 8]),
            IdeaId::generate(at(0), [2; 8])
        );
    }

    #[test]
    fn content_is_counted_in_characters() {
        for good in ["x", &"x".repeat(255), &"💡".repeat(255)] {
            assert!(IdeaContent::new(good).is_ok());
        }
        let long = TextError::TooLong {
            limit: 255,
            unit: "characters",
        };
        for (bad, error) in [
            ("", TextError::Empty),
            (" \n", TextError::Empty),
            (&*"x".repeat(256), long),
            (&*"💡".repeat(256), long),
            ("a\0b", TextError::Nul),
        ] {
            assert_eq!(IdeaContent::new(bad), Err(error), "{bad}");
        }
    }

    #[test]
    fn scores_are_one_to_ten_and_their_mean_is_exact() {
        assert_eq!(
            [0, 1, 10, 11, -1].map(|number| Score::new(number).map(Score::number)),
            [None, Some(1), Some(10), None, None]
        );
        let score = |number| Score::new(number).unwrap();
        let scores = Scores {
            impact: score(3),
            ease: score(8),
            confidence: score(8),
        };
        assert_eq!(scores.average().to_string(), "6.333333333333333");
    }
}
