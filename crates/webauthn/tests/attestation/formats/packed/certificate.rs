//! The attestation certificate of `packed`.

use passkeyd_webauthn::options::AttestationConveyance;
use passkeyd_webauthn::{CertificateFault, Error, Excerpt};

use crate::kit::certificate::{
    AAGUID, BASIC_CONSTRAINTS, COMMON_NAME, COUNTRY, FIRMWARE, KEY_ENCIPHERMENT, KEY_USAGE,
    ORGANIZATION, SERIAL, UNIT, UNKNOWN, name, time,
};
use crate::kit::der;
use crate::kit::key::Key;
use crate::kit::table::{Row, each_mutation_has_its_error, each_variation_is_accepted};
use crate::kit::world::World;

fn subject(country: &str, organization: &str, unit: &str, common_name: &str) -> Vec<u8> {
    name(&[
        (COUNTRY, country),
        (ORGANIZATION, organization),
        (UNIT, unit),
        (COMMON_NAME, common_name),
    ])
}

const UNIT_NAME: &str = "Authenticator Attestation";

const LEAF: &[Row] = &[
    (
        "version 1",
        |w| {
            w.leaf.version = None;
            w.leaf.extensions.clear();
        },
        Error::AttestationCertificateInvalid(CertificateFault::Version),
    ),
    (
        "version 2",
        |w| {
            w.leaf.version = Some(1);
            w.leaf.extensions.clear();
        },
        Error::AttestationCertificateInvalid(CertificateFault::Version),
    ),
    (
        "another unit",
        |w| w.leaf.subject = subject("AA", "passkeyd", "authenticator attestation", "Model 1"),
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "no unit",
        |w| {
            w.leaf.subject = name(&[
                (COUNTRY, "AA"),
                (ORGANIZATION, "passkeyd"),
                (COMMON_NAME, "Model 1"),
            ])
        },
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "two units",
        |w| {
            w.leaf.subject = name(&[
                (COUNTRY, "AA"),
                (ORGANIZATION, "passkeyd"),
                (UNIT, UNIT_NAME),
                (UNIT, "Other"),
                (COMMON_NAME, "Model 1"),
            ]);
        },
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "a country of three letters",
        |w| w.leaf.subject = subject("SWE", "passkeyd", UNIT_NAME, "Model 1"),
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "a country of digits",
        |w| w.leaf.subject = subject("12", "passkeyd", UNIT_NAME, "Model 1"),
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "no country",
        |w| {
            w.leaf.subject = name(&[
                (ORGANIZATION, "passkeyd"),
                (UNIT, UNIT_NAME),
                (COMMON_NAME, "Model 1"),
            ])
        },
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "an empty organisation",
        |w| w.leaf.subject = subject("AA", "", UNIT_NAME, "Model 1"),
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "no common name",
        |w| {
            w.leaf.subject = name(&[
                (COUNTRY, "AA"),
                (ORGANIZATION, "passkeyd"),
                (UNIT, UNIT_NAME),
            ])
        },
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "an empty common name",
        |w| w.leaf.subject = subject("AA", "passkeyd", UNIT_NAME, ""),
        Error::AttestationCertificateInvalid(CertificateFault::Subject),
    ),
    (
        "an authority",
        |w| {
            w.leaf.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(true)]),
            )
        },
        Error::AttestationCertificateInvalid(CertificateFault::BasicConstraints),
    ),
    (
        "no basic constraints",
        |w| w.leaf.remove(BASIC_CONSTRAINTS),
        Error::AttestationCertificateInvalid(CertificateFault::BasicConstraints),
    ),
    (
        "basic constraints with the default written out",
        |w| {
            w.leaf.set(
                BASIC_CONSTRAINTS,
                Some(true),
                der::sequence(&[&der::boolean(false)]),
            )
        },
        Error::CertificateExtensionMalformed(Excerpt::from_static("2.5.29.19")),
    ),
    (
        "basic constraints with a byte after",
        |w| w.leaf.extension(BASIC_CONSTRAINTS).value.push(0),
        Error::CertificateExtensionMalformed(Excerpt::from_static("2.5.29.19")),
    ),
    (
        "a critical AAGUID",
        |w| w.leaf.extension(AAGUID).critical = Some(true),
        Error::AttestationCertificateInvalid(CertificateFault::AaguidExtension),
    ),
    (
        "an AAGUID without its inner wrapping",
        |w| w.leaf.extension(AAGUID).value = w.aaguid.to_vec(),
        Error::CertificateExtensionMalformed(Excerpt::from_static("1.3.6.1.4.1.45724.1.1.4")),
    ),
    (
        "an AAGUID of 15 bytes",
        |w| w.leaf.extension(AAGUID).value = der::octets(&[1; 15]),
        Error::AttestationCertificateInvalid(CertificateFault::AaguidExtension),
    ),
    (
        "bytes after the AAGUID",
        |w| w.leaf.extension(AAGUID).value.push(0),
        Error::CertificateExtensionMalformed(Excerpt::from_static("1.3.6.1.4.1.45724.1.1.4")),
    ),
    (
        "the AAGUID of another model",
        |w| w.leaf.extension(AAGUID).value = der::octets(&[9; 16]),
        Error::AttestationAaguidMismatch,
    ),
    (
        "no AAGUID where policy demands it",
        |w| {
            w.leaf.remove(AAGUID);
            w.policy.require_aaguid_extension = true;
        },
        Error::AttestationCertificateInvalid(CertificateFault::AaguidExtension),
    ),
    (
        "an enterprise serial number that nobody asked for",
        |w| w.leaf.set(SERIAL, None, der::octets(b"0042")),
        Error::EnterpriseAttestationUnexpected,
    ),
    (
        "a critical serial number",
        |w| {
            w.conveyance = AttestationConveyance::Enterprise;
            w.leaf.set(SERIAL, Some(true), der::octets(b"0042"));
        },
        Error::AttestationCertificateInvalid(CertificateFault::CriticalExtension),
    ),
    (
        "a critical firmware version",
        |w| w.leaf.set(FIRMWARE, Some(true), der::integer(5)),
        Error::AttestationCertificateInvalid(CertificateFault::CriticalExtension),
    ),
    (
        "a negative firmware version",
        |w| w.leaf.set(FIRMWARE, None, vec![0x02, 0x01, 0xff]),
        Error::CertificateExtensionMalformed(Excerpt::from_static("1.3.6.1.4.1.45724.1.1.5")),
    ),
    (
        "a key usage without signatures",
        |w| w.leaf.set(KEY_USAGE, Some(true), KEY_ENCIPHERMENT.to_vec()),
        Error::AttestationCertificateInvalid(CertificateFault::KeyUsage),
    ),
];

const ENCODING: &[Row] = &[
    (
        "an unknown critical extension",
        |w| w.leaf.set(UNKNOWN, Some(true), der::null()),
        Error::CertificateUnknownCritical(Excerpt::from_static("1.3.6.1.4.1.503.1")),
    ),
    (
        "an extension that occurs twice",
        |w| {
            let again = w.leaf.extension(AAGUID).clone();
            w.leaf.extensions.push(again);
        },
        Error::CertificateMalformed,
    ),
    (
        "criticality with the default written out",
        |w| w.leaf.extension(AAGUID).critical = Some(false),
        Error::CertificateMalformed,
    ),
    (
        "version 1 written out",
        |w| {
            w.leaf.version = Some(0);
            w.leaf.extensions.clear();
        },
        Error::CertificateMalformed,
    ),
    (
        "version 4",
        |w| w.leaf.version = Some(3),
        Error::CertificateMalformed,
    ),
    (
        "version 1 with extensions",
        |w| w.leaf.version = None,
        Error::CertificateMalformed,
    ),
    (
        "a byte after the certificate",
        |w| w.x5c = Some(Box::new(|x5c| x5c[0].push(0))),
        Error::CertificateMalformed,
    ),
    (
        "a cut certificate",
        |w| {
            w.x5c = Some(Box::new(|x5c| {
                x5c[0].pop();
            }))
        },
        Error::CertificateMalformed,
    ),
    (
        "an empty certificate",
        |w| w.x5c = Some(Box::new(|x5c| x5c[0].clear())),
        Error::CertificateMalformed,
    ),
    (
        "no certificate but a name",
        |w| w.x5c = Some(Box::new(|x5c| x5c[0] = name(&[(COUNTRY, "AA")]))),
        Error::CertificateMalformed,
    ),
    (
        "a cut intermediate",
        |w| {
            w.x5c = Some(Box::new(|x5c| {
                x5c[1].pop();
            }))
        },
        Error::CertificateMalformed,
    ),
    (
        "another algorithm inside than outside",
        |w| {
            w.leaf.inner_algorithm =
                Some(Key::p256(1).signature_algorithm(crate::kit::key::Scheme::Natural))
        },
        Error::CertificateMalformed,
    ),
    (
        "a serial number with a zero in front",
        |w| w.leaf.serial = vec![0, 1],
        Error::CertificateMalformed,
    ),
    (
        "a date with a fraction",
        |w| w.leaf.not_after = time("20300101000000.5Z"),
        Error::CertificateMalformed,
    ),
    (
        "a date with an offset",
        |w| w.leaf.not_after = time("20300101000000+0100"),
        Error::CertificateMalformed,
    ),
    (
        "a date that no calendar has",
        |w| w.leaf.not_after = time("20300230000000Z"),
        Error::CertificateMalformed,
    ),
    (
        "a key of an unknown type",
        |w| {
            let algorithm = der::sequence(&[&der::oid(b"\x2a\x03\x04")]);
            w.leaf.spki = der::sequence(&[&algorithm, &der::bits(&[4; 65])]);
        },
        Error::CertificateMalformed,
    ),
    (
        "a key off its curve",
        |w| {
            let last = w.leaf.spki.len() - 1;
            w.leaf.spki[last] ^= 1;
        },
        Error::CertificateMalformed,
    ),
    (
        "a compressed key",
        |w| {
            let (x, _) = w.leaf_key.numbers();
            let curve = der::oid(b"\x2a\x86\x48\xce\x3d\x03\x01\x07");
            let algorithm = der::sequence(&[&der::oid(b"\x2a\x86\x48\xce\x3d\x02\x01"), &curve]);
            w.leaf.spki = der::sequence(&[&algorithm, &der::bits(&[&[2], x.as_slice()].concat())]);
        },
        Error::CertificateMalformed,
    ),
];

#[test]
fn a_leaf_outside_of_the_requirements_has_its_error() {
    each_mutation_has_its_error(World::packed, LEAF);
}

#[test]
fn a_certificate_that_is_not_strict_der_has_its_error() {
    each_mutation_has_its_error(World::packed, ENCODING);
}

#[test]
fn lenient_rules_let_the_known_deviations_from_der_through() {
    each_variation_is_accepted(
        World::packed,
        &[
            ("basic constraints with the default written out", |w| {
                w.policy.lenient_der_certificates = true;
                w.leaf.set(
                    BASIC_CONSTRAINTS,
                    Some(true),
                    der::sequence(&[&der::boolean(false)]),
                );
            }),
            ("criticality with the default written out", |w| {
                w.policy.lenient_der_certificates = true;
                w.leaf.extension(AAGUID).critical = Some(false);
            }),
            ("bytes after an extension's value", |w| {
                w.policy.lenient_der_certificates = true;
                w.leaf.extension(AAGUID).value.extend([0, 0]);
            }),
        ],
    );
}
