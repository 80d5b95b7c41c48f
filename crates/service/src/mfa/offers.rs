//! What is offered next (contract sections 13.4 and 13.5), as a pure function of where the person stands.

use serde::{Deserialize, Serialize};

/// What a client may do next. The order of the variants is that in which the SDK picks one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Action {
    /// Make a passkey.
    #[serde(rename = "passkey:reg")]
    Register,
    /// Sign in with a passkey.
    #[serde(rename = "passkey:auth")]
    SignIn,
    /// Confirm the payload with a passkey.
    #[serde(rename = "passkey:tx")]
    Confirm,
    /// Have a code sent by SMS.
    #[serde(rename = "otp:sms")]
    Sms,
    /// Have a code sent by mail.
    #[serde(rename = "otp:email")]
    Email,
    /// Show a token of somebody else's sign-in.
    #[serde(rename = "external")]
    External,
}

impl Action {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "passkey:reg",
            Self::SignIn => "passkey:auth",
            Self::Confirm => "passkey:tx",
            Self::Sms => "otp:sms",
            Self::Email => "otp:email",
            Self::External => "external",
        }
    }

    /// A name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Register => "New passkey",
            Self::SignIn | Self::Confirm => "Passkey",
            Self::Sms => "Code by SMS",
            Self::Email => "Code by email",
            Self::External => "External sign-in",
        }
    }

    /// What it does, for people.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Register => "Create a passkey on this device.",
            Self::SignIn => "Sign in with a passkey.",
            Self::Confirm => "Confirm with a passkey.",
            Self::Sms => "Receive a code on your telephone.",
            Self::Email => "Receive a code by email.",
            Self::External => "Sign in with another service.",
        }
    }
}

/// Whether somebody comes back or is new.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Comes back, or nobody can tell yet.
    SignIn,
    /// A name that nobody has.
    SignUp,
}

impl Flow {
    /// The word of the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "signIn",
            Self::SignUp => "signUp",
        }
    }
}

/// Where codes can go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reach {
    /// There is a mail address.
    pub email: bool,
    /// There is a telephone number.
    pub phone: bool,
}

/// Where the person stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nobody was named.
    Anybody,
    /// A name that nobody has.
    Newcomer(Reach),
    /// A user.
    Known {
        /// There is a passkey that it can sign in with here.
        has_passkey: bool,
        /// Where codes can go.
        reach: Reach,
    },
}

impl Standing {
    /// What this is called.
    pub const fn flow(self) -> Flow {
        match self {
            Self::Newcomer(_) => Flow::SignUp,
            Self::Anybody | Self::Known { .. } => Flow::SignIn,
        }
    }
}

/// What the application decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// A passkey is always one of the factors.
    pub passkey_required: bool,
    /// The application's own sign-in may be a factor.
    pub external: bool,
    /// Nobody makes a first passkey without having proven something.
    pub registration_requires_token: bool,
}

/// What is offered before any factor is done. Nothing: the person can't go on here.
pub fn first_offers(standing: Standing, has_payload: bool, rules: Rules) -> Vec<Action> {
    let (passkey, reach) = match standing {
        Standing::Anybody => (Some(Action::SignIn), Reach::default()),
        Standing::Known {
            has_passkey: true, ..
        } if has_payload => (Some(Action::Confirm), Reach::default()),
        Standing::Known {
            has_passkey: true,
            reach,
        } => (Some(Action::SignIn), reach),
        Standing::Newcomer(_) if !rules.registration_requires_token => {
            (Some(Action::Register), Reach::default())
        }
        // Whoever comes first must not get at an account that is there, or that the application keeps to itself.
        Standing::Newcomer(reach)
        | Standing::Known {
            has_passkey: false,
            reach,
        } => (None, reach),
    };
    let codes = [
        reach.email.then_some(Action::Email),
        reach.phone.then_some(Action::Sms),
    ];
    let external = rules.external.then_some(Action::External);
    passkey
        .into_iter()
        .chain(codes.into_iter().flatten())
        .chain(external)
        .collect()
}

/// What is offered once a factor that is no passkey is done. None: that was enough.
pub fn offers_after_factor(standing: Standing, rules: Rules) -> Option<Vec<Action>> {
    if !rules.passkey_required {
        return None;
    }
    let mut offers = vec![Action::Register];
    if matches!(
        standing,
        Standing::Known {
            has_passkey: true,
            ..
        }
    ) {
        offers.push(Action::SignIn);
    }
    Some(offers)
}

#[cfg(test)]
mod tests {
    use super::*;

    const RULES: Rules = Rules {
        passkey_required: true,
        external: true,
        registration_requires_token: false,
    };
    const LOCKED: Rules = Rules {
        registration_requires_token: true,
        ..RULES
    };
    const NOWHERE: Reach = Reach {
        email: false,
        phone: false,
    };
    const BOTH: Reach = Reach {
        email: true,
        phone: true,
    };

    fn known(has_passkey: bool, reach: Reach) -> Standing {
        Standing::Known { has_passkey, reach }
    }

    fn words(offers: &[Action]) -> Vec<&'static str> {
        offers.iter().map(|action| action.as_str()).collect()
    }

    #[test]
    fn each_row_of_the_table_offers_what_it_says() {
        let all = ["otp:email", "otp:sms", "external"];
        let by_passkey = ["passkey:auth", "otp:email", "otp:sms", "external"];
        let rows: [(Standing, bool, Rules, &[&str]); 14] = [
            (known(true, BOTH), true, RULES, &["passkey:tx", "external"]),
            (known(true, BOTH), false, RULES, &by_passkey),
            (
                known(true, NOWHERE),
                false,
                RULES,
                &["passkey:auth", "external"],
            ),
            (
                Standing::Newcomer(BOTH),
                false,
                RULES,
                &["passkey:reg", "external"],
            ),
            (
                Standing::Newcomer(BOTH),
                true,
                RULES,
                &["passkey:reg", "external"],
            ),
            (Standing::Newcomer(BOTH), false, LOCKED, &all),
            (Standing::Newcomer(BOTH), true, LOCKED, &all),
            (Standing::Newcomer(NOWHERE), false, LOCKED, &["external"]),
            (known(false, BOTH), false, RULES, &all),
            (known(false, BOTH), true, RULES, &all),
            (known(false, BOTH), false, LOCKED, &all),
            (known(false, NOWHERE), false, RULES, &["external"]),
            (
                Standing::Anybody,
                false,
                RULES,
                &["passkey:auth", "external"],
            ),
            (
                Standing::Anybody,
                true,
                RULES,
                &["passkey:auth", "external"],
            ),
        ];
        for (standing, has_payload, rules, expected) in rows {
            let offers = first_offers(standing, has_payload, rules);
            assert_eq!(words(&offers), expected, "{standing:?} {has_payload}");
            let internal = Rules {
                external: false,
                ..rules
            };
            let without = first_offers(standing, has_payload, internal);
            let mut expected = expected.to_vec();
            expected.retain(|word| *word != "external");
            assert_eq!(words(&without), expected, "{standing:?} {has_payload}");
        }
    }

    #[test]
    fn codes_are_offered_where_they_can_go() {
        let email = Reach {
            email: true,
            phone: false,
        };
        let phone = Reach {
            email: false,
            phone: true,
        };
        for (reach, word) in [(email, "otp:email"), (phone, "otp:sms")] {
            let offers = first_offers(known(false, reach), false, RULES);
            assert_eq!(words(&offers), [word, "external"]);
            let offers = first_offers(known(true, reach), false, RULES);
            assert_eq!(words(&offers), ["passkey:auth", word, "external"]);
        }
    }

    #[test]
    fn a_passkey_is_never_offered_beside_a_confirmation() {
        let reaches = [false, true].map(|email| Reach {
            email,
            phone: !email,
        });
        let standings = reaches.into_iter().flat_map(|reach| {
            [
                Standing::Anybody,
                Standing::Newcomer(reach),
                known(true, reach),
                known(false, reach),
            ]
        });
        for standing in standings {
            for payload in [false, true] {
                for rules in [RULES, LOCKED] {
                    let offers = first_offers(standing, payload, rules);
                    let passkeys = offers.iter().filter(|action| **action <= Action::Confirm);
                    assert!(passkeys.count() <= 1, "{standing:?}");
                }
            }
        }
    }

    #[test]
    fn a_factor_is_followed_by_a_passkey_unless_it_was_enough() {
        let after = |standing, rules| offers_after_factor(standing, rules).map(|it| words(&it));
        assert_eq!(
            after(known(true, BOTH), RULES),
            Some(vec!["passkey:reg", "passkey:auth"])
        );
        for standing in [known(false, BOTH), Standing::Newcomer(BOTH)] {
            assert_eq!(after(standing, RULES), Some(vec!["passkey:reg"]));
        }
        let enough = Rules {
            passkey_required: false,
            ..RULES
        };
        for standing in [known(true, BOTH), Standing::Newcomer(BOTH)] {
            assert_eq!(after(standing, enough), None);
        }
    }

    #[test]
    fn only_a_name_that_nobody_has_signs_up() {
        assert_eq!(Standing::Newcomer(NOWHERE).flow().as_str(), "signUp");
        for standing in [Standing::Anybody, known(true, BOTH), known(false, BOTH)] {
            assert_eq!(standing.flow().as_str(), "signIn");
        }
    }
}
