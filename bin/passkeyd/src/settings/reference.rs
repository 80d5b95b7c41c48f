//! The reference configuration, made from the table.

use std::fmt::Write as _;

use super::{SETTINGS, Setting};

const PREAMBLE: &str = "\
# passkeyd: every setting, with its default. A line that begins with `#` and a name has no default and shows an example.
#
# Read from ./passkeyd.toml, or from the file that --config names. The environment goes before the file:
# PASSKEYD__SERVER__BIND is server.bind, and lists are separated by commas. A secret can come from a file: its name with
# _file behind it is the path, in the file and in the environment alike. Spans of time are written 500ms, 30s, 5m, 24h,
# 7d. What is not listed here is an error.
";

/// The commented reference as TOML.
pub(crate) fn reference() -> String {
    let mut written = PREAMBLE.to_owned();
    let mut section = "";
    // What belongs to no section has to come before the first.
    let (loose, sectioned): (Vec<&Setting>, Vec<&Setting>) = SETTINGS
        .iter()
        .partition(|setting| !setting.key.contains('.'));
    for setting in loose.into_iter().chain(sectioned) {
        let (of, name) = setting.key.rsplit_once('.').unwrap_or(("", setting.key));
        if of != section {
            section = of;
            let _ = write!(written, "\n[{section}]\n");
        } else if of.is_empty() {
            written.push('\n');
        }
        describe(&mut written, setting, name);
    }
    written
}

fn describe(written: &mut String, setting: &Setting, name: &str) {
    for line in setting.doc.lines() {
        let _ = writeln!(written, "# {line}");
    }
    let _ = match setting.default {
        Some(default) => writeln!(written, "{name} = {default}"),
        None => writeln!(written, "#{name} = {}", setting.example),
    };
    if setting.kind.is_secret() {
        let _ = writeln!(written, "#{name}_file = \"/run/secrets/{name}\"");
    }
}
