//! COSE keys, broken parameter by parameter, at registration and at sign-in, and the signatures made with them.

use passkeyd_webauthn::Algorithm;

use crate::cbor;
use crate::mutation::{Row, run};
use crate::registration_case::RegistrationCase;

type Entries = Vec<(Vec<u8>, Vec<u8>)>;

fn set(entries: &mut Entries, label: i64, value: Vec<u8>) {
    let label = cbor::int(label);
    match entries.iter_mut().find(|(known, _)| *known == label) {
        Some((_, old)) => *old = value,
        None => entries.push((label, value)),
    }
}

fn remove(entries: &mut Entries, label: i64) {
    entries.retain(|(known, _)| *known != cbor::int(label));
}

fn bytes_of(entries: &Entries, label: i64) -> Vec<u8> {
    let (_, value) = entries
        .iter()
        .find(|(known, _)| *known == cbor::int(label))
        .unwrap();
    match value[0] & 0x1f {
        24 => value[2..].to_vec(),
        25 => value[3..].to_vec(),
        _ => value[1..].to_vec(),
    }
}

const ANY: &[Row<RegistrationCase>] = &[
    (
        "no kty",
        |c| c.change_cose(|e| remove(e, 1)),
        "CoseKeyMalformed",
    ),
    (
        "no alg",
        |c| c.change_cose(|e| remove(e, 3)),
        "CoseKeyMalformed",
    ),
    (
        "text as kty",
        |c| c.change_cose(|e| set(e, 1, cbor::text("OKP"))),
        "CoseKeyMalformed",
    ),
    (
        "another kty",
        |c| c.change_cose(|e| set(e, 1, cbor::int(4))),
        "CoseKeyTypeMismatch",
    ),
    (
        "an unknown alg",
        |c| c.change_cose(|e| set(e, 3, cbor::int(-999))),
        "AlgorithmUnsupported(-999)",
    ),
    (
        "alg zero",
        |c| c.change_cose(|e| set(e, 3, cbor::int(0))),
        "AlgorithmUnsupported(0)",
    ),
    (
        "RS1 for a credential",
        |c| c.change_cose(|e| set(e, 3, cbor::int(-65535))),
        "AlgorithmUnsupported(-65535)",
    ),
    (
        "a kid",
        |c| c.change_cose(|e| set(e, 2, cbor::bytes(&[1]))),
        "CoseKeyExtraParameter",
    ),
    (
        "key_ops",
        |c| c.change_cose(|e| set(e, 4, cbor::array(&[cbor::int(2)]))),
        "CoseKeyExtraParameter",
    ),
    (
        "a base IV",
        |c| c.change_cose(|e| set(e, 5, cbor::bytes(&[1]))),
        "CoseKeyExtraParameter",
    ),
    (
        "a private key",
        |c| c.change_cose(|e| set(e, -4, cbor::bytes(&[1; 32]))),
        "CoseKeyExtraParameter",
    ),
    (
        "a text label",
        |c| c.change_cose(|e| e.push((cbor::text("kty"), cbor::int(2)))),
        "CoseKeyTypeMismatch",
    ),
    (
        "a label of bytes",
        |c| c.change_cose(|e| e.push((cbor::bytes(&[1]), cbor::int(2)))),
        "CoseKeyExtraParameter",
    ),
    (
        "unsorted",
        |c| {
            let mut e = c.key.cose_entries();
            e.swap(0, 1);
            c.attested().cose = cbor::map(&e)
        },
        "CborNotCanonical",
    ),
    (
        "unsorted under the envelope's knob",
        |c| {
            c.policy.noncanonical_envelope = true;
            let mut e = c.key.cose_entries();
            e.swap(0, 1);
            c.attested().cose = cbor::map(&e)
        },
        "CborNotCanonical",
    ),
    (
        "kty twice",
        |c| {
            let mut e = c.key.cose_entries();
            e.insert(1, e[0].clone());
            c.attested().cose = cbor::map(&e)
        },
        "CborDuplicateKey",
    ),
    (
        "an indefinite map",
        |c| {
            let mut k = c.key.cose();
            k[0] = 0xbf;
            k.push(0xff);
            c.attested().cose = k
        },
        "CborNotCanonical",
    ),
    (
        "an integer longer than needed",
        |c| {
            let mut k = c.key.cose();
            k[2] = 0x18;
            k.insert(3, 2);
            c.attested().cose = k
        },
        "CborNotCanonical",
    ),
    (
        "a tag",
        |c| {
            let mut k = c.key.cose();
            k.insert(0, 0xc1);
            c.attested().cose = k
        },
        "CborTag",
    ),
    (
        "an array",
        |c| c.attested().cose = cbor::array(&[cbor::int(1)]),
        "CoseKeyMalformed",
    ),
    (
        "cut short",
        |c| {
            c.attested().cose.pop();
        },
        "CborTruncated",
    ),
    (
        "a value nested too deeply",
        |c| c.change_cose(|e| set(e, 4, vec![0x81, 0x81, 0x81, 0x81, 1])),
        "CborTooDeep",
    ),
];

#[test]
fn a_broken_key_of_any_type_is_refused_by_name() {
    for algorithm in [Algorithm::Es256, Algorithm::EdDsa, Algorithm::Rs256] {
        run(|| RegistrationCase::none(algorithm), ANY);
    }
}

const EC: &[Row<RegistrationCase>] = &[
    (
        "no crv",
        |c| c.change_cose(|e| remove(e, -1)),
        "CoseKeyMalformed",
    ),
    (
        "an unknown crv",
        |c| c.change_cose(|e| set(e, -1, cbor::int(99))),
        "CoseCurveMismatch",
    ),
    (
        "Ed25519 as crv",
        |c| c.change_cose(|e| set(e, -1, cbor::int(6))),
        "CoseCurveMismatch",
    ),
    (
        "text as crv",
        |c| c.change_cose(|e| set(e, -1, cbor::text("P-256"))),
        "CoseCurveMismatch",
    ),
    (
        "no x",
        |c| c.change_cose(|e| remove(e, -2)),
        "CoseKeyMalformed",
    ),
    (
        "no y",
        |c| c.change_cose(|e| remove(e, -3)),
        "CoseKeyMalformed",
    ),
    (
        "a compressed point",
        |c| c.change_cose(|e| set(e, -3, cbor::TRUE.to_vec())),
        "CosePointEncoding",
    ),
    (
        "the other compressed point",
        |c| c.change_cose(|e| set(e, -3, cbor::FALSE.to_vec())),
        "CosePointEncoding",
    ),
    (
        "x cut short",
        |c| {
            c.change_cose(|e| {
                let mut x = bytes_of(e, -2);
                x.pop();
                set(e, -2, cbor::bytes(&x))
            })
        },
        "CosePointEncoding",
    ),
    (
        "x longer",
        |c| {
            c.change_cose(|e| {
                let mut x = bytes_of(e, -2);
                x.insert(0, 0);
                set(e, -2, cbor::bytes(&x))
            })
        },
        "CosePointEncoding",
    ),
    (
        "y empty",
        |c| c.change_cose(|e| set(e, -3, cbor::bytes(&[]))),
        "CosePointEncoding",
    ),
    (
        "off the curve",
        |c| {
            c.change_cose(|e| {
                let mut y = bytes_of(e, -3);
                y[10] ^= 1;
                set(e, -3, cbor::bytes(&y))
            })
        },
        "CosePointInvalid",
    ),
    (
        "x and y swapped",
        |c| {
            c.change_cose(|e| {
                let (x, y) = (bytes_of(e, -2), bytes_of(e, -3));
                set(e, -2, cbor::bytes(&y));
                set(e, -3, cbor::bytes(&x))
            })
        },
        "CosePointInvalid",
    ),
    (
        "zero",
        |c| {
            c.change_cose(|e| {
                let n = bytes_of(e, -2).len();
                set(e, -2, cbor::bytes(&vec![0; n]));
                set(e, -3, cbor::bytes(&vec![0; n]))
            })
        },
        "CosePointInvalid",
    ),
    (
        "above the prime",
        |c| {
            c.change_cose(|e| {
                let n = bytes_of(e, -2).len();
                set(e, -2, cbor::bytes(&vec![0xff; n]))
            })
        },
        "CosePointInvalid",
    ),
];

#[test]
fn a_broken_point_is_refused_by_name() {
    let curves = Algorithm::ALL
        .into_iter()
        .filter(|a| a.curve().is_some() && a.is_allowed_for_credentials());
    for algorithm in curves {
        run(|| RegistrationCase::none(algorithm), EC);
        run(|| RegistrationCase::packed_self(algorithm), EC);
    }
}

const OKP: &[Row<RegistrationCase>] = &[
    (
        "no crv",
        |c| c.change_cose(|e| remove(e, -1)),
        "CoseKeyMalformed",
    ),
    (
        "P-256 as crv",
        |c| c.change_cose(|e| set(e, -1, cbor::int(1))),
        "CoseCurveMismatch",
    ),
    (
        "X25519 as crv",
        |c| c.change_cose(|e| set(e, -1, cbor::int(4))),
        "CoseCurveMismatch",
    ),
    (
        "text as crv",
        |c| c.change_cose(|e| set(e, -1, cbor::text("Ed25519"))),
        "CoseCurveMismatch",
    ),
    (
        "no x",
        |c| c.change_cose(|e| remove(e, -2)),
        "CoseKeyMalformed",
    ),
    (
        "a y",
        |c| c.change_cose(|e| set(e, -3, cbor::bytes(&[1; 32]))),
        "CoseKeyExtraParameter",
    ),
    (
        "text as x",
        |c| c.change_cose(|e| set(e, -2, cbor::text("x"))),
        "CosePointEncoding",
    ),
    (
        "x cut short",
        |c| {
            c.change_cose(|e| {
                let mut x = bytes_of(e, -2);
                x.pop();
                set(e, -2, cbor::bytes(&x))
            })
        },
        "CosePointEncoding",
    ),
    (
        "x longer",
        |c| {
            c.change_cose(|e| {
                let mut x = bytes_of(e, -2);
                x.push(0);
                set(e, -2, cbor::bytes(&x))
            })
        },
        "CosePointEncoding",
    ),
    (
        "the identity",
        |c| {
            c.change_cose(|e| {
                let n = bytes_of(e, -2).len();
                let mut x = vec![0; n];
                x[0] = 1;
                set(e, -2, cbor::bytes(&x))
            })
        },
        "CosePointInvalid",
    ),
    (
        "order two or four",
        |c| {
            c.change_cose(|e| {
                let n = bytes_of(e, -2).len();
                set(e, -2, cbor::bytes(&vec![0; n]))
            })
        },
        "CosePointInvalid",
    ),
    (
        "not canonical",
        |c| {
            c.change_cose(|e| {
                let n = bytes_of(e, -2).len();
                set(e, -2, cbor::bytes(&vec![0xff; n]))
            })
        },
        "CosePointInvalid",
    ),
];

#[test]
fn a_broken_edwards_key_is_refused_by_name() {
    run(|| RegistrationCase::none(Algorithm::EdDsa), OKP);
    run(|| RegistrationCase::packed_self(Algorithm::EdDsa), OKP);
    run(|| RegistrationCase::none(Algorithm::Ed25519), OKP);
    #[cfg(feature = "ed448")]
    {
        run(|| RegistrationCase::none(Algorithm::Ed448), OKP);
        run(|| RegistrationCase::packed_self(Algorithm::Ed448), OKP);
    }
}

#[test]
fn ed448_under_eddsa_is_refused() {
    run(
        || RegistrationCase::none(Algorithm::EdDsa),
        &[(
            "Ed448 under −8",
            |c: &mut RegistrationCase| {
                c.change_cose(|e| {
                    set(e, -1, cbor::int(7));
                    set(e, -2, cbor::bytes(&[2; 57]))
                })
            },
            "CoseCurveMismatch",
        )],
    );
}

#[test]
fn every_small_order_point_of_ed25519_is_refused() {
    for point in curve25519_dalek::constants::EIGHT_TORSION {
        let mut case = RegistrationCase::none(Algorithm::EdDsa);
        case.change_cose(|e| set(e, -2, cbor::bytes(point.compress().as_bytes())));
        assert_eq!(case.register().unwrap_err().code(), "cose_point_invalid");
    }
}

const RSA: &[Row<RegistrationCase>] = &[
    (
        "no modulus",
        |c| c.change_cose(|e| remove(e, -1)),
        "CoseKeyMalformed",
    ),
    (
        "no exponent",
        |c| c.change_cose(|e| remove(e, -2)),
        "CoseKeyMalformed",
    ),
    (
        "an integer as modulus",
        |c| c.change_cose(|e| set(e, -1, cbor::int(3233))),
        "CoseKeyMalformed",
    ),
    (
        "a third number",
        |c| c.change_cose(|e| set(e, -3, cbor::bytes(&[1]))),
        "CoseKeyExtraParameter",
    ),
    (
        "a zero before the modulus",
        |c| {
            c.change_cose(|e| {
                let mut n = bytes_of(e, -1);
                n.insert(0, 0);
                set(e, -1, cbor::bytes(&n))
            })
        },
        "RsaModulusSize",
    ),
    (
        "an even modulus",
        |c| {
            c.change_cose(|e| {
                let mut n = bytes_of(e, -1);
                *n.last_mut().unwrap() ^= 1;
                set(e, -1, cbor::bytes(&n))
            })
        },
        "RsaModulusSize",
    ),
    (
        "1024 bits",
        |c| {
            c.change_cose(|e| {
                let n = bytes_of(e, -1)[128..].to_vec();
                set(e, -1, cbor::bytes(&n))
            })
        },
        "RsaModulusSize",
    ),
    (
        "2047 bits",
        |c| {
            c.change_cose(|e| {
                let mut n = bytes_of(e, -1);
                n[0] &= 0x7f;
                n[0] |= 0x40;
                set(e, -1, cbor::bytes(&n))
            })
        },
        "RsaModulusSize",
    ),
    (
        "8193 bits",
        |c| {
            c.change_cose(|e| {
                let mut n = vec![1; 1025];
                n[1024] = 1;
                set(e, -1, cbor::bytes(&n))
            })
        },
        "RsaModulusSize",
    ),
    (
        "an empty modulus",
        |c| c.change_cose(|e| set(e, -1, cbor::bytes(&[]))),
        "RsaModulusSize",
    ),
    (
        "fewer bits than policy",
        |c| c.policy.rsa_min_bits = 3072,
        "RsaModulusSize",
    ),
    (
        "a policy below 2048 bits",
        |c| c.policy.rsa_min_bits = 512,
        "ok",
    ),
    (
        "an empty exponent",
        |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[]))),
        "RsaExponent",
    ),
    (
        "exponent 1",
        |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[1]))),
        "RsaExponent",
    ),
    (
        "exponent 3",
        |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[3]))),
        "RsaExponent",
    ),
    (
        "exponent 3 under the knob",
        |c| {
            c.policy.rsa_min_exponent = 3;
            c.change_cose(|e| set(e, -2, cbor::bytes(&[3])))
        },
        "ok",
    ),
    (
        "an even exponent",
        |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[1, 0, 2]))),
        "RsaExponent",
    ),
    (
        "a zero before the exponent",
        |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[0, 1, 0, 1]))),
        "RsaExponent",
    ),
    (
        "exponent 2³³ + 1",
        |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[2, 0, 0, 0, 1]))),
        "RsaExponent",
    ),
    (
        "an exponent of six bytes",
        |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[1, 0, 0, 0, 0, 1]))),
        "RsaExponent",
    ),
];

#[test]
fn a_broken_rsa_key_is_refused_by_name() {
    run(|| RegistrationCase::none(Algorithm::Rs256), RSA);
}

#[cfg(feature = "ml-dsa")]
#[test]
fn a_broken_ml_dsa_key_is_refused_by_name() {
    let rows: &[Row<RegistrationCase>] = &[
        (
            "no key",
            |c| c.change_cose(|e| remove(e, -1)),
            "CoseKeyMalformed",
        ),
        (
            "cut short",
            |c| {
                c.change_cose(|e| {
                    let mut k = bytes_of(e, -1);
                    k.pop();
                    set(e, -1, cbor::bytes(&k))
                })
            },
            "AkpKeySize",
        ),
        (
            "longer",
            |c| {
                c.change_cose(|e| {
                    let mut k = bytes_of(e, -1);
                    k.push(0);
                    set(e, -1, cbor::bytes(&k))
                })
            },
            "AkpKeySize",
        ),
        (
            "a private key",
            |c| c.change_cose(|e| set(e, -2, cbor::bytes(&[1; 32]))),
            "CoseKeyExtraParameter",
        ),
        (
            "kty of RSA",
            |c| c.change_cose(|e| set(e, 1, cbor::int(3))),
            "CoseKeyTypeMismatch",
        ),
    ];
    for algorithm in [Algorithm::MlDsa44, Algorithm::MlDsa65, Algorithm::MlDsa87] {
        run(|| RegistrationCase::none(algorithm), rows);
    }
}
