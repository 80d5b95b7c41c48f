use crate::Timestamp;

/// A condition made of questions `T` that are answered with yes or no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition<T> {
    /// Known beforehand.
    Constant(bool),
    /// It does not hold.
    Not(Box<Condition<T>>),
    /// Each of them holds.
    All(Vec<Condition<T>>),
    /// At least one of them holds.
    Any(Vec<Condition<T>>),
    /// The answer is yes.
    Test(T),
}

impl<T> Condition<T> {
    /// The condition that holds where this one does not.
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Self::Constant(holds) => Self::Constant(!holds),
            Self::Not(inner) => *inner,
            other => Self::Not(Box::new(other)),
        }
    }

    /// Whether it holds, by the answers that are given.
    pub fn holds(&self, answer: &impl Fn(&T) -> bool) -> bool {
        match self {
            Self::Constant(holds) => *holds,
            Self::Not(inner) => !inner.holds(answer),
            Self::All(parts) => parts.iter().all(|part| part.holds(answer)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(answer)),
            Self::Test(test) => answer(test),
        }
    }

    /// The same condition, each question put in other words.
    ///
    /// # Errors
    /// The first that `f` gives.
    pub fn try_map<U, E>(
        &self,
        f: &impl Fn(&T) -> Result<Condition<U>, E>,
    ) -> Result<Condition<U>, E> {
        Ok(match self {
            Self::Constant(holds) => Condition::Constant(*holds),
            Self::Not(inner) => inner.try_map(f)?.negated(),
            Self::All(parts) => Condition::All(map_all(parts, f)?),
            Self::Any(parts) => Condition::Any(map_all(parts, f)?),
            Self::Test(test) => f(test)?,
        })
    }
}

fn map_all<T, U, E>(
    parts: &[Condition<T>],
    f: &impl Fn(&T) -> Result<Condition<U>, E>,
) -> Result<Vec<Condition<U>>, E> {
    parts.iter().map(|part| part.try_map(f)).collect()
}

/// A question about a text. Texts are ordered by their code points; where case does not matter, both sides are folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextTest {
    /// Is there one that is not empty?
    Present,
    /// Is it this?
    Is(String),
    /// Does this stand somewhere in it?
    Contains(String),
    /// Does it begin with this?
    StartsWith(String),
    /// Does it end with this?
    EndsWith(String),
    /// Does it come after this?
    After(String),
    /// Is it this, or does it come after it?
    From(String),
    /// Does it come before this?
    Before(String),
    /// Is it this, or does it come before it?
    UpTo(String),
}

impl TextTest {
    /// The answer for a text.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            Self::Present => !text.is_empty(),
            Self::Is(other) => text == other,
            Self::Contains(other) => text.contains(other.as_str()),
            Self::StartsWith(other) => text.starts_with(other.as_str()),
            Self::EndsWith(other) => text.ends_with(other.as_str()),
            Self::After(other) => text > other.as_str(),
            Self::From(other) => text >= other.as_str(),
            Self::Before(other) => text < other.as_str(),
            Self::UpTo(other) => text <= other.as_str(),
        }
    }

    /// The same question with its text put in other words.
    #[must_use]
    pub fn map(&self, f: impl Fn(&str) -> String) -> Self {
        match self {
            Self::Present => Self::Present,
            Self::Is(text) => Self::Is(f(text)),
            Self::Contains(text) => Self::Contains(f(text)),
            Self::StartsWith(text) => Self::StartsWith(f(text)),
            Self::EndsWith(text) => Self::EndsWith(f(text)),
            Self::After(text) => Self::After(f(text)),
            Self::From(text) => Self::From(f(text)),
            Self::Before(text) => Self::Before(f(text)),
            Self::UpTo(text) => Self::UpTo(f(text)),
        }
    }
}

/// A question about an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeTest {
    /// Is it this one or a later one?
    From(Timestamp),
    /// Is it an earlier one?
    Before(Timestamp),
}

impl TimeTest {
    /// The answer for an instant.
    pub fn holds(self, instant: Timestamp) -> bool {
        match self {
            Self::From(other) => instant >= other,
            Self::Before(other) => instant < other,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_holds_by_its_answers() {
        let even = |number: &u32| number.is_multiple_of(2);
        let test = Condition::Test;
        let all = Condition::All(vec![test(2), test(4)]);
        assert!(all.holds(&even));
        assert!(!Condition::All(vec![test(2), test(3)]).holds(&even));
        assert!(Condition::Any(vec![test(2), test(3)]).holds(&even));
        assert!(!all.clone().negated().holds(&even));
        assert_eq!(all.clone().negated().negated(), all);
        assert!(Condition::<u32>::All(Vec::new()).holds(&even));
        assert!(!Condition::<u32>::Any(Vec::new()).holds(&even));
    }

    #[test]
    fn a_condition_is_put_in_other_words() {
        let odd = Condition::Not(Box::new(Condition::Test(3)));
        let mapped = odd.try_map(&|number| match number {
            3 => Ok(Condition::Constant(true)),
            other => Err(*other),
        });
        assert_eq!(mapped, Ok::<Condition<()>, i32>(Condition::Constant(false)));
        let refused = Condition::Any(vec![Condition::Test(7)])
            .try_map(&|number| Err::<Condition<()>, i32>(*number));
        assert_eq!(refused, Err(7));
    }
}
