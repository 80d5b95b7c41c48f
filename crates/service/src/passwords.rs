//! Passwords: what makes a good one, and Argon2id off the threads that serve.

use std::sync::Arc;

use argon2::{Argon2, Params, PasswordHasher as _, PasswordVerifier as _};
use passkeyd_domain::PasswordHash;
use thiserror::Error;
use tokio::{sync::Semaphore, task};
use zeroize::Zeroizing;

/// The longest password, in bytes: longer ones are refused, never cut.
const LONGEST: usize = 1024;
/// The shortest password that may be chosen, in characters.
const SHORTEST: usize = 8;
/// How many may wait for each one that is worked on. At 20 ms each, the last one waits a second and a half.
const WAITING: usize = 64;

/// A password on its way through. Wiped when dropped.
pub struct Password(Zeroizing<String>);

impl Password {
    /// A password to log in with.
    ///
    /// # Errors
    /// [`PasswordRule::TooLong`].
    pub fn presented(text: String) -> Result<Self, PasswordRule> {
        let text = Zeroizing::new(text);
        if text.len() > LONGEST {
            return Err(PasswordRule::TooLong);
        }
        Ok(Self(text))
    }

    /// A password to sign up with.
    ///
    /// # Errors
    /// Every rule that it breaks.
    pub fn chosen(text: String) -> Result<Self, Vec<PasswordRule>> {
        let password = Self::presented(text).map_err(|rule| vec![rule])?;
        let has = |kind: fn(char) -> bool| password.0.chars().any(kind);
        let broken: Vec<_> = [
            (
                password.0.chars().count() >= SHORTEST,
                PasswordRule::TooShort,
            ),
            (has(char::is_uppercase), PasswordRule::NoUpperCase),
            (has(char::is_lowercase), PasswordRule::NoLowerCase),
            (has(|c| c.is_ascii_digit()), PasswordRule::NoDigit),
        ]
        .into_iter()
        .filter_map(|(kept, rule)| (!kept).then_some(rule))
        .collect();
        if broken.is_empty() {
            Ok(password)
        } else {
            Err(broken)
        }
    }
}

impl std::fmt::Debug for Password {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Password(…)")
    }
}

/// What a password does not keep to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PasswordRule {
    /// Fewer than 8 characters.
    #[error("must have at least 8 characters")]
    TooShort,
    /// More than 1024 bytes.
    #[error("must have at most 1024 bytes")]
    TooLong,
    /// No upper-case letter.
    #[error("must have an upper-case letter")]
    NoUpperCase,
    /// No lower-case letter.
    #[error("must have a lower-case letter")]
    NoLowerCase,
    /// No digit.
    #[error("must have a digit")]
    NoDigit,
}

/// What a password costs whoever guesses it, and us.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    /// Memory, in KiB.
    pub memory: u32,
    /// Passes over it.
    pub passes: u32,
    /// How many are worked on at once.
    pub at_once: usize,
}

impl Default for PasswordCost {
    /// 19 MiB and two passes, as OWASP has it for Argon2id with one lane; as many at once as there are processors.
    fn default() -> Self {
        Self {
            memory: Params::DEFAULT_M_COST,
            passes: Params::DEFAULT_T_COST,
            at_once: std::thread::available_parallelism().map_or(1, Into::into),
        }
    }
}

/// Whether a password fits what is kept of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    pub(crate) ok: bool,
    /// What to keep instead, where it fits and what is kept was made at another cost.
    pub(crate) rehashed: Option<PasswordHash>,
}

impl Fit {
    const NONE: Self = Self {
        ok: false,
        rehashed: None,
    };
}

/// Why a password was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub(crate) enum PasswordError {
    #[error("too many passwords are being worked on")]
    Busy,
    #[error("the password could not be hashed")]
    Failed,
}

/// Works on so many passwords at once and no more.
pub(crate) struct Passwords {
    argon2: Argon2<'static>,
    working: Arc<Semaphore>,
    /// Those who work and those who wait.
    inside: Arc<Semaphore>,
}

impl Passwords {
    pub(crate) fn new(cost: PasswordCost) -> Self {
        let at_once = cost.at_once.max(1);
        let params = Params::new(cost.memory, cost.passes, 1, None).unwrap_or_default();
        Self {
            argon2: Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params),
            working: Arc::new(Semaphore::new(at_once)),
            inside: Arc::new(Semaphore::new(at_once * (1 + WAITING))),
        }
    }

    pub(crate) async fn hash(
        &self,
        password: Password,
        salt: [u8; 16],
    ) -> Result<PasswordHash, PasswordError> {
        let argon2 = self.argon2.clone();
        self.off_thread(move || hashed(&argon2, &password, &salt))
            .await?
    }

    /// Where nothing is kept the same work is done, so that time does not tell who has an account. The salt is for what is
    /// to be kept instead.
    pub(crate) async fn verify(
        &self,
        kept: Option<PasswordHash>,
        password: Password,
        salt: [u8; 16],
    ) -> Result<Fit, PasswordError> {
        let argon2 = self.argon2.clone();
        self.off_thread(move || {
            let kept = kept
                .as_ref()
                .and_then(|kept| argon2::PasswordHash::new(kept.expose()).ok());
            let Some(kept) = kept else {
                return hashed(&argon2, &password, &salt).map(|_| Fit::NONE);
            };
            if argon2
                .verify_password(password.0.as_bytes(), &kept)
                .is_err()
            {
                return Ok(Fit::NONE);
            }
            let as_now = Params::try_from(&kept).is_ok_and(|params| {
                let now = argon2.params();
                (params.m_cost(), params.t_cost(), params.p_cost())
                    == (now.m_cost(), now.t_cost(), now.p_cost())
            });
            let rehashed = if as_now {
                None
            } else {
                Some(hashed(&argon2, &password, &salt)?)
            };
            Ok(Fit { ok: true, rehashed })
        })
        .await?
    }

    async fn off_thread<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, PasswordError> {
        let _inside = self.inside.try_acquire().map_err(|_| PasswordError::Busy)?;
        let permit = Arc::clone(&self.working)
            .acquire_owned()
            .await
            .map_err(|_| PasswordError::Failed)?;
        // The permit goes along: work whose request was dropped still takes its place.
        let worked = task::spawn_blocking(move || {
            let _permit = permit;
            work()
        });
        worked.await.map_err(|_| PasswordError::Failed)
    }
}

fn hashed(
    argon2: &Argon2<'_>,
    password: &Password,
    salt: &[u8],
) -> Result<PasswordHash, PasswordError> {
    let made: argon2::PasswordHash = argon2
        .hash_password_with_salt(password.0.as_bytes(), salt)
        .map_err(|_| PasswordError::Failed)?;
    Ok(PasswordHash::new(made.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cheap() -> PasswordCost {
        PasswordCost {
            memory: 64,
            passes: 1,
            at_once: 1,
        }
    }

    fn password(text: &str) -> Password {
        Password::presented(text.to_owned()).unwrap()
    }

    #[test]
    fn a_chosen_password_keeps_every_rule() {
        use PasswordRule::{NoDigit, NoLowerCase, NoUpperCase, TooLong, TooShort};
        for good in ["the-Secret-123", "Abcdefg1", "Ünïcödé1"] {
            assert!(Password::chosen(good.to_owned()).is_ok(), "{good}");
        }
        for (bad, rules) in [
            ("", vec![TooShort, NoUpperCase, NoLowerCase, NoDigit]),
            ("Abcdef1", vec![TooShort]),
            ("abcdefg1", vec![NoUpperCase]),
            ("ABCDEFG1", vec![NoLowerCase]),
            ("Abcdefgh", vec![NoDigit]),
            (&format!("A1{}", "b".repeat(1023)), vec![TooLong]),
        ] {
            assert_eq!(
                Password::chosen(bad.to_owned()).unwrap_err(),
                rules,
                "{bad}"
            );
        }
        assert!(Password::chosen(format!("A1{}", "b".repeat(1022))).is_ok());
    }

    #[tokio::test]
    async fn a_password_fits_what_is_kept_of_it_and_no_other_does() {
        let passwords = Passwords::new(cheap());
        let kept = passwords.hash(password("secret"), [7; 16]).await.unwrap();
        assert!(kept.expose().starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let fit = passwords
            .verify(Some(kept.clone()), password("secret"), [8; 16])
            .await;
        assert_eq!(
            fit,
            Ok(Fit {
                ok: true,
                rehashed: None
            })
        );
        for (kept, text) in [
            (Some(kept.clone()), "Secret"),
            (Some(kept), "secret "),
            (None, "secret"),
            (Some(PasswordHash::new("")), ""),
            (Some(PasswordHash::new("not a hash")), "not a hash"),
        ] {
            let fit = passwords.verify(kept, password(text), [8; 16]).await;
            assert_eq!(fit, Ok(Fit::NONE), "{text}");
        }
    }

    #[tokio::test]
    async fn another_cost_makes_a_new_hash_once_the_password_fits() {
        let kept = Passwords::new(cheap())
            .hash(password("secret"), [7; 16])
            .await
            .unwrap();
        let dearer = Passwords::new(PasswordCost {
            memory: 128,
            ..cheap()
        });
        let fit = |kept: PasswordHash, text| dearer.verify(Some(kept), password(text), [8; 16]);
        assert_eq!(fit(kept.clone(), "wrong").await, Ok(Fit::NONE));
        let instead = fit(kept, "secret").await.unwrap().rehashed.unwrap();
        assert!(
            instead
                .expose()
                .starts_with("$argon2id$v=19$m=128,t=1,p=1$")
        );
        let again = fit(instead, "secret").await.unwrap();
        assert_eq!((again.ok, again.rehashed), (true, None));
    }

    #[tokio::test]
    async fn one_too_many_is_turned_away() {
        let passwords = Passwords::new(cheap());
        let all = passwords.inside.try_acquire_many(1 + 64).unwrap();
        let turned_away = passwords.verify(None, password("secret"), [8; 16]).await;
        assert_eq!(turned_away, Err(PasswordError::Busy));
        drop(all);
        assert!(
            passwords
                .verify(None, password("secret"), [8; 16])
                .await
                .is_ok()
        );
    }
}
