//! Filters over resources in hand: the value filters of PATCH paths, and what the database's answers are checked with.

use passkeyd_domain::{
    Timestamp,
    directory::{Condition, TextTest},
    text::folded,
};
use serde_json::{Map, Value};

use super::{
    resolve::{Test, ValueTest},
    schema::{Attribute, Kind},
};

/// Whether a condition holds for a resource, or for an element of a list, written with canonical names.
pub fn holds(condition: &Condition<Test>, object: &Map<String, Value>) -> bool {
    condition.holds(&|test: &Test| match test {
        Test::Value {
            attribute,
            parent,
            test,
        } => {
            let object = match parent {
                Some(parent) => object.get(parent.name).and_then(Value::as_object),
                None => Some(object),
            };
            let value = object.and_then(|object| object.get(attribute.name));
            value.is_some_and(|value| answers(attribute, test, value))
        }
        Test::Some {
            attribute,
            condition,
        } => match object.get(attribute.name) {
            Some(Value::Array(elements)) => elements.iter().any(|element| match element {
                Value::Object(element) => holds(condition, element),
                // A list of plain values: the condition asks about the value itself.
                plain => condition.holds(&|test: &Test| match test {
                    Test::Value {
                        attribute, test, ..
                    } => answers(attribute, test, plain),
                    Test::Some { .. } => false,
                }),
            }),
            _ => false,
        },
    })
}

fn answers(attribute: &Attribute, asked: &ValueTest, value: &Value) -> bool {
    match (asked, value) {
        (ValueTest::Present, Value::String(text)) => !text.is_empty(),
        (ValueTest::Present, value) => !value.is_null(),
        (ValueTest::Flag(wanted), Value::Bool(flag)) => flag == wanted,
        (ValueTest::Text(question), Value::String(text)) => {
            if attribute.case_exact {
                question.holds(text)
            } else {
                question.map(folded).holds(&folded(text))
            }
        }
        (ValueTest::Time(question), Value::String(text)) => text
            .parse::<Timestamp>()
            .is_ok_and(|instant| question.holds(instant)),
        _ => false,
    }
}

/// The values that every element of which the condition holds must have: the equality terms that are joined by `and`.
pub(super) fn implied(condition: &Condition<Test>) -> Map<String, Value> {
    let mut values = Map::new();
    collect(condition, &mut values);
    values
}

fn collect(condition: &Condition<Test>, values: &mut Map<String, Value>) {
    match condition {
        Condition::All(parts) => {
            for part in parts {
                collect(part, values);
            }
        }
        Condition::Test(Test::Value {
            attribute, test, ..
        }) => {
            let value = match test {
                ValueTest::Text(TextTest::Is(text)) if attribute.kind == Kind::Text => {
                    Value::from(text.as_str())
                }
                ValueTest::Flag(flag) => Value::from(*flag),
                _ => return,
            };
            values.insert(attribute.name.to_owned(), value);
        }
        _ => {}
    }
}
