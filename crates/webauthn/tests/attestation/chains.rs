//! Chains: from the leaf to an anchor, and each way to fail.

mod issuers;
mod outcome;
mod path;

use passkeyd_webauthn::trust::{Anchor, RevocationFacts, StaticTrust};

use crate::kit::certificate::{NAME_CONSTRAINTS, revocation_list};
use crate::kit::der;
use crate::kit::world::{INTERMEDIATE_NAME, ROOT_NAME, World, authority_name};

const PURPOSE: &[u8] = b"\x67\x81\x05\x08\x03";

const OTHER_PURPOSE: &[u8] = b"\x2b\x06\x01\x04\x01\x82\x37\x15\x24";

fn purposes(purposes: &[&[u8]]) -> Vec<u8> {
    let list: Vec<Vec<u8>> = purposes.iter().map(|purpose| der::oid(purpose)).collect();
    der::sequence(&[&list.concat()])
}

fn anchor(world: &mut World, anchor: fn(&World) -> Anchor) {
    world.trust = Some(Box::new(move |w| {
        Box::new(StaticTrust::new().with_anchor(anchor(w)))
    }));
}

fn lists(world: &mut World, list: fn(&World) -> Vec<Vec<u8>>) {
    world.trust = Some(Box::new(move |w| {
        let mut facts = RevocationFacts::new();
        for der in list(w) {
            facts.add_crl(&der).unwrap();
        }
        Box::new(w.root_as_anchor().with_revocation(facts))
    }));
}

/// Nothing revoked, by both authorities, for long.
fn clean_lists(world: &World) -> Vec<Vec<u8>> {
    vec![
        revocation_list(
            &authority_name(ROOT_NAME),
            &world.root_key,
            "20300101000000Z",
            &[],
        ),
        revocation_list(
            &authority_name(INTERMEDIATE_NAME),
            &world.intermediate_key,
            "20300101000000Z",
            &[],
        ),
    ]
}

fn permit(world: &mut World, list: u32, base: &[u8]) {
    let subtree = der::sequence(&[&der::explicit(4, base)]);
    world.intermediate.set(
        NAME_CONSTRAINTS,
        Some(true),
        der::sequence(&[&der::explicit(list, &subtree)]),
    );
}
