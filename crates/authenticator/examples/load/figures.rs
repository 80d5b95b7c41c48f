//! What was measured.

use std::{fmt::Write as _, time::Duration};

use serde_json::{Value, json};

use crate::{process::Usage, visitor::Taken};

/// The times of every sign-in, in microseconds.
#[derive(Default)]
pub(crate) struct Figures {
    whole: Vec<u32>,
    begin: Vec<u32>,
    complete: Vec<u32>,
    verify: Vec<u32>,
}

impl Figures {
    pub(crate) fn add(&mut self, taken: &Taken) {
        let verify = taken.verify.unwrap_or_default();
        self.whole
            .push(micros(taken.begin + taken.complete + verify));
        self.begin.push(micros(taken.begin));
        self.complete.push(micros(taken.complete));
        self.verify.extend(taken.verify.map(micros));
    }

    pub(crate) fn merge(&mut self, other: Self) {
        self.whole.extend(other.whole);
        self.begin.extend(other.begin);
        self.complete.extend(other.complete);
        self.verify.extend(other.verify);
    }
}

pub(crate) struct Summary {
    pub(crate) connections: u64,
    pub(crate) users: u64,
    pub(crate) registering: Duration,
    pub(crate) elapsed: Duration,
    pub(crate) figures: Figures,
    pub(crate) mine: Usage,
    pub(crate) server: Option<Usage>,
    pub(crate) idle: Option<Usage>,
}

impl Summary {
    pub(crate) fn json(&self) -> Value {
        let spread = |times: &[u32]| {
            json!({
                "p50": millis(quantile(times, 50)),
                "p99": millis(quantile(times, 99)),
                "max": millis(quantile(times, 100)),
            })
        };
        json!({
            "connections": self.connections,
            "users": self.users,
            "seconds": self.elapsed.as_secs_f64(),
            "signIns": self.count(),
            "signInsPerSecond": self.rate(),
            "registrationsPerSecond": self.registrations(),
            "milliseconds": {
                "signIn": spread(&self.figures.whole),
                "begin": spread(&self.figures.begin),
                "complete": spread(&self.figures.complete),
                "verify": (!self.figures.verify.is_empty()).then(|| spread(&self.figures.verify)),
            },
            "server": self.server.map(|used| json!({
                "cpuMicrosecondsPerSignIn": self.each(used.cpu),
                "cores": used.cpu.as_secs_f64() / self.elapsed.as_secs_f64(),
                "residentKiBBefore": self.idle.map(|idle| idle.resident),
                "residentKiB": used.resident,
                "highestResidentKiB": used.highest,
            })),
            "load": {
                "cpuMicrosecondsPerSignIn": self.each(self.mine.cpu),
                "cores": self.mine.cpu.as_secs_f64() / self.elapsed.as_secs_f64(),
            },
        })
    }

    pub(crate) fn text(&self) -> String {
        let json = self.json();
        let spread = |name: &str| {
            let times = &json["milliseconds"][name];
            let millis = |member: &str| times[member].as_f64().unwrap_or(0.0);
            format!(
                "{name:9} p50 {:7.2} ms   p99 {:7.2} ms   max {:7.2} ms\n",
                millis("p50"),
                millis("p99"),
                millis("max")
            )
        };
        let mut text = format!(
            "{:.0} sign-ins a second: {} in {:.1} s at {} connections ({:.0} registrations a second before)\n",
            self.rate(),
            self.count(),
            self.elapsed.as_secs_f64(),
            self.connections,
            self.registrations(),
        );
        for name in ["signIn", "begin", "complete", "verify"] {
            if !json["milliseconds"][name].is_null() {
                text.push_str(&spread(name));
            }
        }
        if let Some(used) = self.server {
            let mebi = |kib: u64| f64::from(u32::try_from(kib).unwrap_or(u32::MAX)) / 1024.0;
            let _ = writeln!(
                text,
                "server    {:.0} µs of CPU a sign-in, {:.2} cores, {:.1} MiB resident ({:.1} before, {:.1} at its highest)",
                self.each(used.cpu),
                used.cpu.as_secs_f64() / self.elapsed.as_secs_f64(),
                mebi(used.resident),
                mebi(self.idle.map_or(0, |idle| idle.resident)),
                mebi(used.highest),
            );
        }
        let _ = write!(
            text,
            "load      {:.0} µs of CPU a sign-in, {:.2} cores",
            self.each(self.mine.cpu),
            self.mine.cpu.as_secs_f64() / self.elapsed.as_secs_f64(),
        );
        text
    }

    fn count(&self) -> u32 {
        u32::try_from(self.figures.whole.len()).unwrap_or(u32::MAX)
    }

    fn rate(&self) -> f64 {
        f64::from(self.count()) / self.elapsed.as_secs_f64()
    }

    fn registrations(&self) -> f64 {
        f64::from(u32::try_from(self.users).unwrap_or(u32::MAX)) / self.registering.as_secs_f64()
    }

    fn each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / f64::from(self.count().max(1))
    }
}

fn micros(time: Duration) -> u32 {
    u32::try_from(time.as_micros()).unwrap_or(u32::MAX)
}

fn millis(micros: u32) -> f64 {
    f64::from(micros) / 1000.0
}

fn quantile(times: &[u32], percent: usize) -> u32 {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    let last = sorted.len().saturating_sub(1);
    sorted.get(last * percent / 100).copied().unwrap_or(0)
}
