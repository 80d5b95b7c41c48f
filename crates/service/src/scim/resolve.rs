//! Filters whose attributes and types are known: what is left to ask is what the values are.

use jiff::{civil::DateTime, tz::TimeZone};
use passkeyd_domain::{
    Timestamp,
    directory::{Condition, TextTest, TimeTest},
};

use super::{
    Refused,
    filter::{AttributePath, Filter, Literal, Operator},
    schema::{Attribute, Kind, Schema},
};

/// A question about a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// About the value of an attribute, or of the part of a complex attribute that has one value.
    Value {
        /// The attribute.
        attribute: &'static Attribute,
        /// The attribute that it is a part of.
        parent: Option<&'static Attribute>,
        /// What is asked.
        test: ValueTest,
    },
    /// At least one value of a multi-valued attribute satisfies the condition, whose questions are about its parts.
    Some {
        /// The attribute.
        attribute: &'static Attribute,
        /// The condition.
        condition: Box<Condition<Test>>,
    },
}

/// What is asked of a value. An attribute without a value answers no.
#[derive(Clone, Debug, PartialEq)]
pub enum ValueTest {
    /// Of a text.
    Text(TextTest),
    /// Is it this truth value?
    Flag(bool),
    /// Of an instant.
    Time(TimeTest),
    /// Is there one?
    Present,
}

/// Finds the attributes that a filter names.
///
/// # Errors
/// [`super::ScimType::InvalidFilter`]: an operator or a value that the attribute's type does not have.
pub fn resolve(filter: &Filter, schema: &'static Schema) -> Result<Condition<Test>, Refused> {
    Scope::Resource(schema).condition(filter)
}

/// As [`resolve`], of a filter over the parts of an attribute's values.
pub(super) fn resolve_in(
    filter: &Filter,
    attribute: &'static Attribute,
) -> Result<Condition<Test>, Refused> {
    Scope::Parts(attribute, None).condition(filter)
}

/// What names mean.
#[derive(Clone, Copy)]
enum Scope {
    Resource(&'static Schema),
    /// The parts of the attribute; for one with a single value, the resource's part of that name.
    Parts(&'static Attribute, Option<&'static Attribute>),
}

impl Scope {
    fn condition(self, filter: &Filter) -> Result<Condition<Test>, Refused> {
        Ok(match filter {
            Filter::All(parts) => Condition::All(self.conditions(parts)?),
            Filter::Any(parts) => Condition::Any(self.conditions(parts)?),
            Filter::Not(inner) => self.condition(inner)?.negated(),
            Filter::Values(path, inner) => self.values(path, inner)?,
            Filter::Present(path) => match self.find(path) {
                Some(found) => found.present(),
                None => Condition::Constant(false),
            },
            Filter::Compare(path, operator, literal) => match self.find(path) {
                Some(found) => found.compared(path, *operator, literal)?,
                // Absent, as every attribute that the resource does not define.
                None => Condition::Constant(match literal {
                    Literal::Null => *operator == Operator::Equal,
                    _ => *operator == Operator::NotEqual,
                }),
            },
        })
    }

    fn conditions(self, filters: &[Filter]) -> Result<Vec<Condition<Test>>, Refused> {
        filters
            .iter()
            .map(|filter| self.condition(filter))
            .collect()
    }

    fn values(self, path: &AttributePath, inner: &Filter) -> Result<Condition<Test>, Refused> {
        let Some(Found { attribute, .. }) = self.find(path) else {
            return Ok(Condition::Constant(false));
        };
        if !attribute.is_complex() {
            return Err(Refused::filter(format!("'{path}' has no sub-attributes")));
        }
        if !attribute.multi_valued {
            return Scope::Parts(attribute, Some(attribute)).condition(inner);
        }
        Ok(Condition::Test(Test::Some {
            attribute,
            condition: Box::new(Scope::Parts(attribute, None).condition(inner)?),
        }))
    }

    fn find(self, path: &AttributePath) -> Option<Found> {
        match self {
            Self::Resource(schema) => {
                let named = schema.resolve(path)?;
                Some(match named.sub {
                    Some(sub) if named.attribute.multi_valued => Found {
                        attribute: sub,
                        parent: None,
                        list: Some(named.attribute),
                    },
                    Some(sub) => Found {
                        attribute: sub,
                        parent: Some(named.attribute),
                        list: None,
                    },
                    None => Found {
                        attribute: named.attribute,
                        parent: None,
                        list: None,
                    },
                })
            }
            Self::Parts(attribute, parent) => {
                if path.schema.is_some() || path.sub.is_some() {
                    return None;
                }
                Some(Found {
                    attribute: attribute.sub(&path.name)?,
                    parent,
                    list: None,
                })
            }
        }
    }
}

/// An attribute that a filter names.
#[derive(Clone, Copy)]
struct Found {
    attribute: &'static Attribute,
    /// The complex attribute with one value that it is a part of.
    parent: Option<&'static Attribute>,
    /// The multi-valued attribute that it is a part of.
    list: Option<&'static Attribute>,
}

impl Found {
    fn present(self) -> Condition<Test> {
        let Self {
            attribute, list, ..
        } = self;
        if attribute.multi_valued {
            return some(attribute, Condition::Constant(true));
        }
        if let Some(list) = list {
            return some(list, self.in_element().present());
        }
        if attribute.is_complex() {
            let parts = attribute.subs().iter().map(|sub| {
                let part = Self {
                    attribute: sub,
                    parent: Some(attribute),
                    list: None,
                };
                part.present()
            });
            return Condition::Any(parts.collect());
        }
        self.asked(ValueTest::Present)
    }

    fn compared(
        self,
        path: &AttributePath,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Condition<Test>, Refused> {
        let Self {
            attribute, list, ..
        } = self;
        if *literal == Literal::Null {
            return match operator {
                Operator::Equal => Ok(self.present().negated()),
                Operator::NotEqual => Ok(self.present()),
                _ => Err(Refused::filter("null is compared with eq and ne only")),
            };
        }
        if let Some(list) = list {
            let inner = self.in_element().compared(path, operator, literal)?;
            return Ok(some_or_none(list, operator, inner));
        }
        if attribute.multi_valued {
            let element = match attribute.sub("value") {
                Some(value) => Self {
                    attribute: value,
                    parent: None,
                    list: None,
                },
                None => self,
            };
            let inner = element.single(path, operator, literal)?;
            return Ok(some_or_none(attribute, operator, inner));
        }
        self.single(path, operator, literal)
    }

    /// As a part of one element of its list.
    fn in_element(self) -> Self {
        Self { list: None, ..self }
    }

    fn single(
        self,
        path: &AttributePath,
        operator: Operator,
        literal: &Literal,
    ) -> Result<Condition<Test>, Refused> {
        let wrong = |what: &str| Err(Refused::filter(format!("'{path}' is {what}")));
        if operator == Operator::NotEqual {
            return Ok(self.single(path, Operator::Equal, literal)?.negated());
        }
        match (self.attribute.kind, literal) {
            (Kind::Complex(_), _) => wrong("complex: name one of its sub-attributes"),
            (Kind::Boolean, literal) => {
                let flag = match literal {
                    Literal::Boolean(flag) => *flag,
                    // Some providers write truth values as texts.
                    Literal::Text(text) if text.eq_ignore_ascii_case("true") => true,
                    Literal::Text(text) if text.eq_ignore_ascii_case("false") => false,
                    _ => return wrong("compared with true or false"),
                };
                if operator != Operator::Equal {
                    return wrong("a boolean, which is compared with eq and ne only");
                }
                Ok(self.asked(ValueTest::Flag(flag)))
            }
            (Kind::Time, Literal::Text(text)) => {
                let Some(instant) = instant(text) else {
                    return wrong("compared with a date and time, such as 2026-01-31T12:00:00Z");
                };
                match compared_times(operator, instant) {
                    Some(tests) => Ok(Condition::All(
                        tests
                            .into_iter()
                            .map(|test| self.asked(ValueTest::Time(test)))
                            .collect(),
                    )),
                    None => wrong("an instant, which has no parts to look for"),
                }
            }
            (Kind::Text | Kind::Reference, Literal::Text(text)) => {
                let question = match operator {
                    Operator::Equal | Operator::NotEqual => TextTest::Is,
                    Operator::Contains => TextTest::Contains,
                    Operator::StartsWith => TextTest::StartsWith,
                    Operator::EndsWith => TextTest::EndsWith,
                    Operator::Greater => TextTest::After,
                    Operator::GreaterOrEqual => TextTest::From,
                    Operator::Less => TextTest::Before,
                    Operator::LessOrEqual => TextTest::UpTo,
                };
                Ok(self.asked(ValueTest::Text(question(text.clone()))))
            }
            _ => wrong("compared with a text in double quotes"),
        }
    }

    fn asked(self, test: ValueTest) -> Condition<Test> {
        Condition::Test(Test::Value {
            attribute: self.attribute,
            parent: self.parent,
            test,
        })
    }
}

fn some(attribute: &'static Attribute, condition: Condition<Test>) -> Condition<Test> {
    Condition::Test(Test::Some {
        attribute,
        condition: Box::new(condition),
    })
}

/// A value that is not the one that is asked for is one way to differ, no value at all is the other.
fn some_or_none(
    list: &'static Attribute,
    operator: Operator,
    inner: Condition<Test>,
) -> Condition<Test> {
    let found = some(list, inner);
    if operator == Operator::NotEqual {
        let none = some(list, Condition::Constant(true)).negated();
        Condition::Any(vec![none, found])
    } else {
        found
    }
}

/// An `xsd:dateTime`, which may leave out its time zone (RFC 7643 section 2.3.5); then it is taken as UTC.
fn instant(text: &str) -> Option<Timestamp> {
    text.parse().ok().or_else(|| {
        let has_time = text.contains(['T', 't']);
        let local: DateTime = text.parse().ok().filter(|_| has_time)?;
        TimeZone::UTC.to_timestamp(local).ok()
    })
}

/// Instants are shown to the second, and compared as they are shown. All of these hold; none: there is no such comparison.
fn compared_times(operator: Operator, with: Timestamp) -> Option<Vec<TimeTest>> {
    let second = |seconds: i64| {
        Timestamp::from_second(seconds).unwrap_or(if seconds < 0 {
            Timestamp::MIN
        } else {
            Timestamp::MAX
        })
    };
    let millis = with.as_millisecond();
    let this = millis.div_euclid(1000);
    let is_whole = with.subsec_nanosecond() == 0;
    let next = second(this + 1);
    let not_before_it = if is_whole { second(this) } else { next };
    Some(match operator {
        Operator::Equal if is_whole => vec![TimeTest::From(with), TimeTest::Before(next)],
        Operator::Equal => vec![TimeTest::From(next), TimeTest::Before(next)],
        Operator::Greater => vec![TimeTest::From(next)],
        Operator::GreaterOrEqual => vec![TimeTest::From(not_before_it)],
        Operator::Less => vec![TimeTest::Before(not_before_it)],
        Operator::LessOrEqual => vec![TimeTest::Before(next)],
        _ => return None,
    })
}
