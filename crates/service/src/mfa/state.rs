//! What is kept of a sign-in between its steps, and the rules by which it changes (contract section 13.2).

use std::collections::BTreeSet;

use passkeyd_domain::{IdentifierKind, UserHandle};
use serde::{Deserialize, Serialize};

use super::{offers::Action, payload::IssuedChallenge};
use crate::{
    ceremony_state::{ClaimedDevice, RegistrationPlan, SignInPlan},
    trust::SessionTrustItem,
};

/// So many failed verifications end a sign-in.
pub(crate) const MOST_FAILURES: u32 = 5;

/// A factor that is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Factor {
    /// A passkey.
    #[serde(rename = "passkey")]
    Passkey,
    /// A code that was mailed.
    #[serde(rename = "otp:email")]
    Email,
    /// A code that was texted.
    #[serde(rename = "otp:sms")]
    Sms,
    /// Somebody else's sign-in.
    #[serde(rename = "external")]
    External,
}

impl Factor {
    /// The word in the claim `amr`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passkey => "passkey",
            Self::Email => "otp:email",
            Self::Sms => "otp:sms",
            Self::External => "external",
        }
    }
}

/// Who signs in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Subject {
    /// Whoever has a passkey.
    Anybody,
    /// A user.
    Known {
        /// The user handle.
        #[serde(with = "crate::session::base64url")]
        handle: Vec<u8>,
        /// The name that was used, as it is stored.
        username: String,
    },
    /// A name that nobody has.
    Newcomer(Newcomer),
}

impl Subject {
    pub(crate) fn handle(&self) -> Option<UserHandle> {
        match self {
            Self::Known { handle, .. } => UserHandle::new(handle.clone()).ok(),
            Self::Anybody | Self::Newcomer(_) => None,
        }
    }

    pub(crate) fn username(&self) -> Option<&str> {
        match self {
            Self::Anybody => None,
            Self::Known { username, .. } => Some(username),
            Self::Newcomer(newcomer) => Some(&newcomer.name),
        }
    }
}

/// A name that nobody has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Newcomer {
    pub(crate) name: String,
    /// A word of [`IdentifierKind`].
    pub(crate) kind: String,
    pub(crate) display_name: Option<String>,
    /// A code that went to the name came back.
    pub(crate) proven: bool,
}

impl Newcomer {
    pub(crate) fn identifier_kind(&self) -> IdentifierKind {
        self.kind.parse().unwrap_or(IdentifierKind::Other)
    }
}

/// Something that is offered now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Offered {
    pub(crate) action: Action,
    /// How the answer of the authenticator is to be checked; none: the action needs none.
    pub(crate) ceremony: Option<OfferedCeremony>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct OfferedCeremony {
    pub(crate) issued: IssuedChallenge,
    pub(crate) plan: Plan,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) enum Plan {
    SignIn(SignInPlan),
    Registration(Box<RegistrationPlan>),
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct MfaState {
    pub(crate) subject: Subject,
    /// The name that the client gave at the beginning.
    pub(crate) given: Option<String>,
    pub(crate) payload: Option<String>,
    pub(crate) device: ClaimedDevice,
    pub(crate) trust: Vec<SessionTrustItem>,
    pub(crate) offered: Vec<Offered>,
    /// Makes the ids of addresses.
    pub(crate) salt: String,
    /// A code was asked for since the offers were made.
    pub(crate) code_pending: bool,
    pub(crate) factors: Vec<Factor>,
    /// Verifications that failed.
    failures: u32,
    /// Verifications whose end is not written yet. They count as failures until then, so that nobody gets more of them by
    /// asking at once.
    open: u32,
}

/// A step that can't be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StepRefusal {
    /// The action is not among those that are offered.
    NotOffered,
    /// Too much failed.
    Over,
    /// A factor is done, and what it stood for can't change any more.
    FactorDone,
}

impl MfaState {
    pub(crate) fn new(subject: Subject, given: Option<String>, salt: String) -> Self {
        Self {
            subject,
            given,
            payload: None,
            device: ClaimedDevice::default(),
            trust: Vec::new(),
            offered: Vec::new(),
            salt,
            code_pending: false,
            factors: Vec::new(),
            failures: 0,
            open: 0,
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        self.failures >= MOST_FAILURES
    }

    /// What is offered under this name, if it is.
    pub(crate) fn offer(&self, action: Action) -> Result<&Offered, StepRefusal> {
        if self.is_over() {
            return Err(StepRefusal::Over);
        }
        let mut offered = self.offered.iter();
        offered
            .find(|offered| offered.action == action)
            .ok_or(StepRefusal::NotOffered)
    }

    /// Takes one of the verifications that are left.
    pub(crate) fn begin_verification(&mut self) -> Result<(), StepRefusal> {
        if self.failures + self.open >= MOST_FAILURES {
            return Err(StepRefusal::Over);
        }
        self.open += 1;
        Ok(())
    }

    /// The verification failed. True: that was one too many.
    pub(crate) fn fail(&mut self) -> bool {
        self.open = self.open.saturating_sub(1);
        self.failures += 1;
        self.is_over()
    }

    /// The verification went well, and the factor is done. What was offered is so no more.
    pub(crate) fn complete_factor(&mut self, factor: Factor) {
        self.open = self.open.saturating_sub(1);
        if !self.factors.contains(&factor) {
            self.factors.push(factor);
        }
        self.code_pending = false;
        self.offered.clear();
    }

    /// Is a code to be shown?
    pub(crate) fn may_show_code(&self) -> Result<(), StepRefusal> {
        match self.is_over() {
            true => Err(StepRefusal::Over),
            false if self.code_pending => Ok(()),
            false => Err(StepRefusal::NotOffered),
        }
    }

    /// Puts another payload in the place of the one before. What was offered is so no more.
    pub(crate) fn replace_payload(&mut self, payload: String) -> Result<(), StepRefusal> {
        if self.is_over() {
            return Err(StepRefusal::Over);
        }
        if !self.factors.is_empty() {
            return Err(StepRefusal::FactorDone);
        }
        self.payload = Some(payload);
        self.offered.clear();
        Ok(())
    }

    /// The words for the claim `amr`.
    pub(crate) fn methods(&self, last: Option<Factor>) -> Vec<&'static str> {
        let mut seen = BTreeSet::new();
        self.factors
            .iter()
            .copied()
            .chain(last)
            .map(Factor::as_str)
            .filter(|word| seen.insert(*word))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state() -> MfaState {
        let mut state = MfaState::new(Subject::Anybody, None, "salt".to_owned());
        state.offered = [Action::Email, Action::External]
            .map(|action| Offered {
                action,
                ceremony: None,
            })
            .to_vec();
        state
    }

    #[test]
    fn five_failures_end_it() {
        let mut state = state();
        for failure in 1..=5 {
            assert!(state.offer(Action::Email).is_ok());
            assert_eq!(state.begin_verification(), Ok(()));
            assert_eq!(state.fail(), failure == 5);
        }
        assert_eq!(state.begin_verification(), Err(StepRefusal::Over));
        assert_eq!(state.offer(Action::Email), Err(StepRefusal::Over));
        state.code_pending = true;
        assert_eq!(state.may_show_code(), Err(StepRefusal::Over));
        let replaced = state.replace_payload("p".to_owned());
        assert_eq!(replaced, Err(StepRefusal::Over));
    }

    #[test]
    fn verifications_at_once_count_before_they_end() {
        let mut state = state();
        for _ in 0..5 {
            assert_eq!(state.begin_verification(), Ok(()));
        }
        assert_eq!(state.begin_verification(), Err(StepRefusal::Over));
        assert!(!state.is_over());
        state.complete_factor(Factor::External);
        assert_eq!(state.begin_verification(), Ok(()));
    }

    #[test]
    fn a_success_costs_nothing() {
        let mut state = state();
        for _ in 0..20 {
            assert_eq!(state.begin_verification(), Ok(()));
            state.complete_factor(Factor::Email);
        }
        assert_eq!(
            state.methods(Some(Factor::Passkey)),
            ["otp:email", "passkey"]
        );
    }

    #[test]
    fn a_factor_that_is_done_ends_the_offers_and_fixes_the_payload() {
        let mut state = state();
        state.code_pending = true;
        assert_eq!(state.may_show_code(), Ok(()));
        assert_eq!(state.replace_payload("one".to_owned()), Ok(()));
        assert_eq!(state.offer(Action::Email), Err(StepRefusal::NotOffered));
        assert_eq!(state.may_show_code(), Ok(()));
        state.complete_factor(Factor::Sms);
        assert_eq!(state.may_show_code(), Err(StepRefusal::NotOffered));
        let replaced = state.replace_payload("two".to_owned());
        assert_eq!(replaced, Err(StepRefusal::FactorDone));
        assert_eq!(state.payload.as_deref(), Some("one"));
    }

    #[test]
    fn what_is_not_offered_is_refused() {
        let state = state();
        for action in [
            Action::Register,
            Action::SignIn,
            Action::Confirm,
            Action::Sms,
        ] {
            assert_eq!(state.offer(action), Err(StepRefusal::NotOffered));
        }
        assert_eq!(state.may_show_code(), Err(StepRefusal::NotOffered));
    }

    #[test]
    fn what_is_kept_is_read_back() {
        let mut state = state();
        state.subject = Subject::Known {
            handle: vec![1, 2, 3],
            username: "lena".to_owned(),
        };
        state.payload = Some("{\"total\": \"1 \u{20ac}\"}".to_owned());
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<MfaState>(&text).unwrap(), state);
    }
}
