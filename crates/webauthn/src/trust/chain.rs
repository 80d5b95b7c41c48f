//! The path from an attestation certificate to an anchor.
//!
//! Attestation chains are not those of web servers: leaves without end-entity names, critical certificate policies,
//! purposes of their own, dates in the year 3024, roots that are keys rather than certificates. So the rules of RFC 5280
//! §6 are applied here, and nothing of what browsers add to them.

use jiff::Timestamp;

use super::revocation::{RevocationFacts, RevocationStatus};
use super::{Anchor, AnchorKind};
use crate::error::{CertificateFault, Error, Result};
use crate::policy::{RevocationPolicy, ValidityPolicy};
use crate::public_key::PublicKey;
use crate::x509::{Certificate, oid, subject_alternative_name};

/// More certificates than any chain has, those of the trust source included.
const MAX_PATH: usize = 16;

/// The rules of one validation.
#[derive(Debug, Clone, Copy)]
pub struct ChainRules {
    /// The time that dates are compared with.
    pub now: Timestamp,
    /// How dates are judged.
    pub validity: ValidityPolicy,
    /// What is asked of revocation facts.
    pub revocation: RevocationPolicy,
    /// Signatures on SHA-1 pass. What is risked are forged certificates.
    pub sha1: bool,
    /// The chain is of the format `android-key`: Google's status list counts.
    pub android_key: bool,
}

/// A path that leads to an anchor.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct TrustPath<'a> {
    /// From the leaf to the last certificate below the anchor, or to the anchor where it is the leaf itself.
    pub certificates: Vec<&'a Certificate>,
    /// The anchor at the end.
    pub anchor: &'a Anchor,
    /// What is known about revocation, for the path as a whole.
    pub revocation: RevocationStatus,
}

/// Builds the path from `presented` (leaf first) to one of `anchors`, with `intermediates` to help, and judges it.
///
/// A certificate within `presented` is an anchor only by being equal to one of `anchors`.
///
/// # Errors
/// The `Chain…`, `Certificate…` and `Revocation…` variants.
pub fn validate<'a>(
    presented: &'a [Certificate],
    anchors: &[&'a Anchor],
    intermediates: &[&'a Certificate],
    revocation: &[&RevocationFacts],
    rules: &ChainRules,
) -> Result<TrustPath<'a>> {
    let leaf = presented.first().ok_or(Error::ChainUntrusted)?;
    let (certificates, anchor) = build(presented, anchors, intermediates, rules)?;
    check_issuers(&certificates, anchor)?;
    let is_anchor = certificates.len() == 1 && anchor.is(leaf);
    check_leaf(leaf, is_anchor)?;
    check_purposes(leaf, &certificates, anchor)?;
    check_dates(&certificates, anchor, rules)?;
    let revocation = check_revocation(&certificates, anchor, is_anchor, revocation, rules)?;
    check_extensions(&certificates, anchor)?;
    Ok(TrustPath {
        certificates,
        anchor,
        revocation,
    })
}

/// Steps 1 to 4 and 8: order, signatures, the anchor, help from the trust source.
fn build<'a>(
    presented: &'a [Certificate],
    anchors: &[&'a Anchor],
    intermediates: &[&'a Certificate],
    rules: &ChainRules,
) -> Result<(Vec<&'a Certificate>, &'a Anchor)> {
    // The order of what was presented is judged whole, even beyond an anchor.
    for (certificate, issuer) in presented.iter().zip(presented.iter().skip(1)) {
        if !certificate.names_issuer(issuer) {
            return Err(Error::ChainOrder);
        }
        certificate.verify_signed_by(&issuer.public_key()?, rules.sha1)?;
    }
    let mut path: Vec<&Certificate> = Vec::new();
    for certificate in presented {
        if let Some(anchor) = anchors.iter().find(|anchor| anchor.is(certificate)) {
            if path.is_empty() {
                path.push(certificate);
            }
            return Ok((path, anchor));
        }
        path.push(certificate);
    }
    loop {
        let last = *path.last().ok_or(Error::ChainUntrusted)?;
        if let Some(anchor) = issuing_anchor(last, anchors, rules)? {
            return Ok((path, anchor));
        }
        if last.is_self_issued() {
            return Err(Error::ChainUntrusted);
        }
        let mut issuers = intermediates
            .iter()
            .filter(|issuer| last.names_issuer(issuer))
            .peekable();
        if issuers.peek().is_none() {
            return Err(Error::ChainIncomplete);
        }
        let issuer = first_that_signed(
            last,
            issuers.map(|issuer| (*issuer, issuer.public_key())),
            rules,
        )?;
        if path.len() >= MAX_PATH {
            return Err(Error::ChainUntrusted);
        }
        if let Some(anchor) = anchors.iter().find(|anchor| anchor.is(issuer)) {
            return Ok((path, anchor));
        }
        path.push(issuer);
    }
}

/// The anchor that signed `certificate`, of those that bear its issuer's name or are bare keys.
fn issuing_anchor<'a>(
    certificate: &Certificate,
    anchors: &[&'a Anchor],
    rules: &ChainRules,
) -> Result<Option<&'a Anchor>> {
    if certificate.is_self_issued() {
        return Ok(None);
    }
    let bare = anchors.iter().find(|anchor| {
        matches!(&anchor.kind, AnchorKind::Key(_))
            && anchor
                .public_key()
                .is_ok_and(|key| certificate.verify_signed_by(&key, rules.sha1).is_ok())
    });
    if let Some(anchor) = bare {
        return Ok(Some(anchor));
    }
    let mut named = anchors
        .iter()
        .filter(|anchor| {
            anchor
                .certificate()
                .is_some_and(|issuer| certificate.names_issuer(issuer))
        })
        .peekable();
    if named.peek().is_none() {
        return Ok(None);
    }
    first_that_signed(
        certificate,
        named.map(|anchor| (*anchor, anchor.public_key())),
        rules,
    )
    .map(Some)
}

fn first_that_signed<'k, T>(
    certificate: &Certificate,
    issuers: impl Iterator<Item = (T, Result<PublicKey<'k>>)>,
    rules: &ChainRules,
) -> Result<T> {
    let mut outcome = Err(Error::ChainUntrusted);
    for (issuer, key) in issuers {
        match key.and_then(|key| certificate.verify_signed_by(&key, rules.sha1)) {
            Ok(()) => return Ok(issuer),
            Err(error) => outcome = Err(error),
        }
    }
    outcome
}

/// Step 5: every issuer may issue, and so far.
///
/// An anchor of a version before 3 cannot say so, and need not, since the caller chose it: of the 1095 anchors in FIDO's
/// metadata of October 2026, 39 are such.
fn check_issuers(path: &[&Certificate], anchor: &Anchor) -> Result<()> {
    let mut below = 0u64;
    for issuer in path
        .iter()
        .copied()
        .skip(1)
        .chain(anchor_above(path, anchor))
    {
        if issuer.version() < 3 && anchor.is(issuer) {
            continue;
        }
        let constraints = issuer
            .basic_constraints()?
            .filter(|constraints| constraints.ca);
        let (3, Some(constraints)) = (issuer.version(), constraints) else {
            return Err(Error::ChainIssuerInvalid);
        };
        if constraints.path_length.is_some_and(|length| below > length) {
            return Err(Error::ChainIssuerInvalid);
        }
        if issuer
            .key_usage()?
            .is_some_and(|usage| !usage.key_cert_sign())
        {
            return Err(Error::ChainIssuerInvalid);
        }
        if !issuer.is_self_issued() {
            below = below.saturating_add(1);
        }
    }
    Ok(())
}

/// Step 6: the leaf is no authority and may sign. One that is an anchor itself was chosen by the caller.
fn check_leaf(leaf: &Certificate, is_anchor: bool) -> Result<()> {
    if !is_anchor
        && leaf
            .basic_constraints()?
            .is_some_and(|constraints| constraints.ca)
    {
        return Err(Error::AttestationCertificateInvalid(
            CertificateFault::BasicConstraints,
        ));
    }
    if leaf
        .key_usage()?
        .is_some_and(|usage| !usage.digital_signature())
    {
        return Err(Error::AttestationCertificateInvalid(
            CertificateFault::KeyUsage,
        ));
    }
    Ok(())
}

/// Step 7: the leaf's purposes are among those of each issuer that states any.
fn check_purposes(leaf: &Certificate, path: &[&Certificate], anchor: &Anchor) -> Result<()> {
    let Some(purposes) = leaf.extended_key_usage()? else {
        return Ok(());
    };
    for issuer in path
        .iter()
        .copied()
        .skip(1)
        .chain(anchor_above(path, anchor))
    {
        if let Some(granted) = issuer.extended_key_usage()? {
            let any = granted
                .iter()
                .any(|purpose| purpose.0 == oid::ANY_EXTENDED_KEY_USAGE);
            if !any && !purposes.iter().all(|purpose| granted.contains(purpose)) {
                return Err(Error::ChainIssuerInvalid);
            }
        }
    }
    Ok(())
}

/// Step 9: dates.
fn check_dates(path: &[&Certificate], anchor: &Anchor, rules: &ChainRules) -> Result<()> {
    let now = if let ValidityPolicy::AtTime(time) = rules.validity {
        time
    } else {
        rules.now
    };
    for (index, certificate) in path
        .iter()
        .copied()
        .chain(anchor_above(path, anchor))
        .enumerate()
    {
        let may_lapse = index > 0 && rules.validity == ValidityPolicy::IgnoreExpiredIssuers;
        if now < certificate.not_before() {
            return Err(Error::CertificateNotYetValid);
        }
        if now > certificate.not_after() && !may_lapse {
            return Err(Error::CertificateExpired);
        }
    }
    Ok(())
}

/// Step 10: a revocation that is known fails.
fn check_revocation(
    path: &[&Certificate],
    anchor: &Anchor,
    is_anchor: bool,
    facts: &[&RevocationFacts],
    rules: &ChainRules,
) -> Result<RevocationStatus> {
    let mut overall = RevocationStatus::Good;
    let issuers = path
        .iter()
        .copied()
        .skip(1)
        .map(Some)
        .chain(std::iter::once(anchor.certificate()));
    for (certificate, issuer) in path.iter().zip(issuers) {
        let issuer_key = match issuer {
            Some(issuer) => issuer.public_key().ok(),
            None => anchor.public_key().ok(),
        };
        let known = facts
            .iter()
            .map(|facts| facts.status(certificate, issuer, issuer_key.as_ref(), rules));
        match known.fold(RevocationStatus::Unknown, RevocationStatus::with) {
            RevocationStatus::Revoked => return Err(Error::CertificateRevoked),
            RevocationStatus::Unknown if !is_anchor => overall = RevocationStatus::Unknown,
            _ => {}
        }
    }
    if overall == RevocationStatus::Unknown
        && rules.revocation == RevocationPolicy::RequireKnownGood
    {
        return Err(Error::RevocationUnknown);
    }
    Ok(overall)
}

/// Step 11: no critical extension is left without a reader, and name constraints hold.
fn check_extensions(path: &[&Certificate], anchor: &Anchor) -> Result<()> {
    let handled = [oid::ANDROID_KEY_DESCRIPTION, oid::APPLE_NONCE];
    for (index, certificate) in path
        .iter()
        .copied()
        .chain(anchor_above(path, anchor))
        .enumerate()
    {
        certificate.check_critical(if index == 0 { &handled } else { &[] })?;
        let Some(constraints) = certificate.name_constraints()? else {
            continue;
        };
        for below in path.iter().take(index) {
            let names =
                below.read_extension(oid::SUBJECT_ALTERNATIVE_NAME, subject_alternative_name)?;
            if !constraints.permit(below.subject(), &names.unwrap_or_default()) {
                return Err(Error::ChainIssuerInvalid);
            }
        }
    }
    Ok(())
}

/// The anchor's certificate, where it stands above the path rather than in it.
fn anchor_above<'a>(path: &[&Certificate], anchor: &'a Anchor) -> Option<&'a Certificate> {
    anchor
        .certificate()
        .filter(|certificate| !path.contains(certificate))
}
