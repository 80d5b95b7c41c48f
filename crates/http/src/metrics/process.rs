//! What the operating system knows of this process, under the names that Prometheus' own libraries use.

use std::fs;

use super::exposition::{Exposition, Kind};

/// Clock ticks a second and bytes a page, as Linux tells programs on every platform that we build for.
const TICKS: f64 = 100.0;
const PAGE: u64 = 4096;

/// Nothing is told where there is no `/proc`.
pub(super) fn expose(text: &mut Exposition) {
    let Some(process) = Process::read() else {
        return;
    };
    text.family(
        "process_cpu_seconds_total",
        Kind::Counter,
        "Processor time, of user and system.",
    )
    .sample(&[], process.cpu_seconds);
    text.family(
        "process_resident_memory_bytes",
        Kind::Gauge,
        "Memory that is resident.",
    )
    .sample(&[], process.resident_bytes);
    text.family("process_open_fds", Kind::Gauge, "Files that are open.")
        .sample(&[], process.open_files);
}

struct Process {
    cpu_seconds: f64,
    resident_bytes: u64,
    open_files: usize,
}

impl Process {
    fn read() -> Option<Self> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        // The name, in brackets, may hold anything.
        let (_, fields) = stat.rsplit_once(')')?;
        let fields: Vec<&str> = fields.split_whitespace().collect();
        // proc(5): fields 14, 15 and 24 of the line; the third is the first after the name.
        let field = |number: usize| fields.get(number.checked_sub(3)?)?.parse::<u32>().ok();
        Some(Self {
            cpu_seconds: (f64::from(field(14)?) + f64::from(field(15)?)) / TICKS,
            resident_bytes: u64::from(field(24)?) * PAGE,
            open_files: fs::read_dir("/proc/self/fd").ok()?.count(),
        })
    }
}
