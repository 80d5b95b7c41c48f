//! Whatever comes as a filter is refused or read; what is read is written and read as the same, and holds or does not.
#![no_main]

use passkeyd_service::scim::{Filter, MAX_LENGTH, USER, holds, resolve};
use serde_json::Map;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(filter) = Filter::parse(text) else {
        return;
    };
    let written = filter.to_string();
    if written.len() <= MAX_LENGTH {
        assert_eq!(Filter::parse(&written), Ok(filter.clone()));
    }
    if let Ok(condition) = resolve(&filter, &USER) {
        let nobody = Map::new();
        assert_ne!(
            holds(&condition, &nobody),
            holds(&condition.negated(), &nobody)
        );
    }
});
