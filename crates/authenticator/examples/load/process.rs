//! What a process used, as Linux tells it.

use std::{fs, io, time::Duration};

/// Time and memory of a process.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// User and system time.
    pub(crate) cpu: Duration,
    /// Resident memory now, in KiB.
    pub(crate) resident: u64,
    /// Resident memory at its highest, in KiB.
    pub(crate) highest: u64,
}

/// `USER_HZ`, which is 100 on every Linux that matters.
const TICK: Duration = Duration::from_millis(10);

impl Usage {
    pub(crate) fn of(pid: u32) -> io::Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
        // The name of the command may hold blanks; what follows its bracket does not.
        let fields: Vec<&str> = stat
            .rsplit_once(')')
            .map_or("", |(_, rest)| rest)
            .split_whitespace()
            .collect();
        let ticks = |field: usize| -> u32 {
            fields
                .get(field)
                .and_then(|ticks| ticks.parse().ok())
                .unwrap_or(0)
        };
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let kib = |name: &str| {
            status
                .lines()
                .find_map(|line| line.strip_prefix(name))
                .and_then(|rest| rest.split_whitespace().next())
                .and_then(|kib| kib.parse().ok())
                .unwrap_or(0)
        };
        Ok(Self {
            // utime and stime, fields 14 and 15 of which two come before the bracket.
            cpu: TICK * (ticks(11) + ticks(12)),
            resident: kib("VmRSS:"),
            highest: kib("VmHWM:"),
        })
    }

    /// The time since then, with the memory of now.
    pub(crate) fn since(&self, before: &Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            ..*self
        }
    }
}
