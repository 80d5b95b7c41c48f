//! Where a code may be sent, as a client sees it: an opaque id and a label that hides what it need not show.

use std::collections::BTreeSet;

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{AddressKind, text::folded};
use ring::digest::{SHA256, digest};

/// An address that a code may go to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddressOption {
    /// `email:primary`, `email:secondary`; telephone numbers have none.
    pub name: Option<&'static str>,
    /// What the client shows.
    pub label: String,
    /// What the client may send back.
    pub value: String,
    /// The address itself, which stays here.
    pub(crate) address: String,
}

/// What decides how addresses are shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Showing<'a> {
    /// Of the sign-in alone, so that ids say nothing elsewhere.
    pub(crate) salt: &'a str,
    /// What the client knows already.
    pub(crate) given: Option<&'a str>,
    /// Everything may be shown.
    pub(crate) open: bool,
}

/// The options for addresses of one kind, in the order that they are given in.
pub(crate) fn address_options(
    kind: AddressKind,
    addresses: &[String],
    showing: Showing<'_>,
) -> Vec<AddressOption> {
    let given = showing.given.map(folded);
    let mut shown = BTreeSet::new();
    let mut options = Vec::with_capacity(addresses.len());
    for (place, address) in addresses.iter().enumerate() {
        let in_full = showing.open || given.as_deref() == Some(folded(address).as_str());
        let plain = if in_full {
            address.clone()
        } else {
            masked(kind, address)
        };
        let mut label = plain.clone();
        let mut number = 1;
        while !shown.insert(label.clone()) {
            number += 1;
            label = format!("{plain} ({number})");
        }
        let name = match (kind, place) {
            (AddressKind::Phone, _) => None,
            (AddressKind::Email, 0) => Some("email:primary"),
            (AddressKind::Email, _) => Some("email:secondary"),
        };
        options.push(AddressOption {
            name,
            label,
            value: opaque(showing.salt, kind, address),
            address: address.clone(),
        });
    }
    options
}

/// The option that a client means: by label, id or address; the first where it names none.
pub(crate) fn chosen<'a>(
    options: &'a [AddressOption],
    named: Option<&str>,
) -> Option<&'a AddressOption> {
    let Some(named) = named else {
        return options.first();
    };
    let by = |is: &dyn Fn(&AddressOption) -> bool| options.iter().find(|option| is(option));
    by(&|option| option.label == named)
        .or_else(|| by(&|option| option.value == named))
        .or_else(|| by(&|option| folded(&option.address) == folded(named)))
}

/// `l***@example.com`, `+1******0398`.
fn masked(kind: AddressKind, address: &str) -> String {
    match kind {
        AddressKind::Email => {
            let (name, domain) = address.rsplit_once('@').unwrap_or((address, ""));
            let first: String = name.chars().take(1).collect();
            format!("{first}***@{domain}")
        }
        AddressKind::Phone => {
            let length = address.chars().count();
            let hidden = 2..length.saturating_sub(4);
            let shown = address.chars().enumerate();
            shown
                .map(|(place, letter)| if hidden.contains(&place) { '*' } else { letter })
                .collect()
        }
    }
}

fn opaque(salt: &str, kind: AddressKind, address: &str) -> String {
    let text = [salt, kind.as_str(), &folded(address)].join("\0");
    let hash = digest(&SHA256, text.as_bytes());
    BASE64URL_NOPAD.encode(hash.as_ref().get(..12).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HIDDEN: Showing<'_> = Showing {
        salt: "salt",
        given: None,
        open: false,
    };

    fn options(kind: AddressKind, addresses: &[&str], showing: Showing<'_>) -> Vec<AddressOption> {
        let addresses: Vec<_> = addresses.iter().map(|it| (*it).to_owned()).collect();
        address_options(kind, &addresses, showing)
    }

    fn labels(options: &[AddressOption]) -> Vec<&str> {
        options.iter().map(|option| option.label.as_str()).collect()
    }

    #[test]
    fn addresses_are_masked_until_they_are_known() {
        let two = ["Lena@example.com", "x@example.net"];
        let masked = options(AddressKind::Email, &two, HIDDEN);
        assert_eq!(labels(&masked), ["L***@example.com", "x***@example.net"]);
        let given = Showing {
            given: Some("lena@EXAMPLE.com"),
            ..HIDDEN
        };
        let known = options(AddressKind::Email, &two, given);
        assert_eq!(labels(&known), ["Lena@example.com", "x***@example.net"]);
        let open = Showing {
            open: true,
            ..HIDDEN
        };
        assert_eq!(labels(&options(AddressKind::Email, &two, open)), two);
        let phones = options(AddressKind::Phone, &["+14155550398", "+4612345"], HIDDEN);
        assert_eq!(labels(&phones), ["+1******0398", "+4**2345"]);
    }

    #[test]
    fn labels_are_never_the_same() {
        let alike = ["lena@example.com", "lars@example.com", "lo@example.com"];
        let shown = options(AddressKind::Email, &alike, HIDDEN);
        let masked = "l***@example.com";
        assert_eq!(
            labels(&shown),
            [masked, &format!("{masked} (2)"), &format!("{masked} (3)")]
        );
    }

    #[test]
    fn the_first_mail_address_is_the_primary_one() {
        let mails = options(AddressKind::Email, &["a@b.se", "c@d.se", "e@f.se"], HIDDEN);
        let names: Vec<_> = mails.iter().map(|option| option.name).collect();
        let secondary = Some("email:secondary");
        assert_eq!(names, [Some("email:primary"), secondary, secondary]);
        let phones = options(AddressKind::Phone, &["+4670123456"], HIDDEN);
        assert_eq!(phones[0].name, None);
    }

    #[test]
    fn an_option_is_meant_by_label_id_or_address() {
        let mails = options(AddressKind::Email, &["a@b.se", "c@d.se"], HIDDEN);
        assert_eq!(chosen(&mails, None), Some(&mails[0]));
        let (label, value) = (mails[1].label.clone(), mails[1].value.clone());
        for named in [label.as_str(), value.as_str(), "C@D.se"] {
            assert_eq!(chosen(&mails, Some(named)), Some(&mails[1]), "{named}");
        }
        for named in ["", "email:secondary", "x@y.se"] {
            assert_eq!(chosen(&mails, Some(named)), None, "{named}");
        }
        assert_eq!(chosen(&[], None), None);
    }

    #[test]
    fn an_id_says_nothing_of_the_address_and_nothing_elsewhere() {
        let id = |salt, kind, address: &str| {
            let showing = Showing { salt, ..HIDDEN };
            options(kind, &[address], showing)[0].value.clone()
        };
        let here = id("salt", AddressKind::Email, "a@b.se");
        assert_eq!(here, id("salt", AddressKind::Email, "A@b.se"));
        assert_ne!(here, id("other", AddressKind::Email, "a@b.se"));
        assert_ne!(here, id("salt", AddressKind::Phone, "a@b.se"));
        assert_eq!(here.len(), 16);
    }
}
