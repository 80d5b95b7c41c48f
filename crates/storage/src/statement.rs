//! Statements written by hand, for the writes that must be prepared once.
//!
//! diesel prepares every `UPDATE` and every `ON CONFLICT DO UPDATE` anew, which costs a parse on SQLite and a round trip on
//! PostgreSQL. These are kept in the connection's cache under their text.

use std::{borrow::Cow, marker::PhantomData};

use diesel::{
    QueryResult, RunQueryDsl,
    backend::Backend,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    serialize::ToSql,
    sql_types::{BigInt, Binary, Bool, HasSqlType, Nullable, Text},
};

/// A statement with a `?` for each value, which returns rows of the SQL types `Row`.
pub(crate) struct Statement<'a, Row = ()> {
    sql: Cow<'static, str>,
    values: Vec<Value<'a>>,
    row: PhantomData<Row>,
}

/// A value of one of the portable types.
#[derive(Clone)]
pub(crate) enum Value<'a> {
    Text(&'a str),
    NullableText(Option<&'a str>),
    BigInt(i64),
    NullableBigInt(Option<i64>),
    Binary(&'a [u8]),
    OwnedText(String),
    OwnedBinary(Vec<u8>),
    Bool(bool),
    NullableBool(Option<bool>),
}

/// Begins a statement; values follow with [`Statement::bind`] in the order of the question marks.
pub(crate) fn statement<'a, Row>(sql: &'static str) -> Statement<'a, Row> {
    Statement {
        sql: Cow::Borrowed(sql),
        values: Vec::new(),
        row: PhantomData,
    }
}

/// A statement whose text was put together from parts, with all its values. There are too many such texts to keep each one
/// prepared.
pub(crate) fn composed<Row>(sql: String, values: Vec<Value<'_>>) -> Statement<'_, Row> {
    Statement {
        sql: Cow::Owned(sql),
        values,
        row: PhantomData,
    }
}

impl<'a, Row> Statement<'a, Row> {
    pub(crate) fn bind(mut self, value: impl Into<Value<'a>>) -> Self {
        self.values.push(value.into());
        self
    }
}

macro_rules! values_from {
    ($($type:ty => $variant:ident),+ $(,)?) => {
        $(impl<'a> From<$type> for Value<'a> {
            fn from(value: $type) -> Self {
                Self::$variant(value)
            }
        })+
    };
}

values_from! {
    &'a str => Text,
    Option<&'a str> => NullableText,
    i64 => BigInt,
    Option<i64> => NullableBigInt,
    &'a [u8] => Binary,
    String => OwnedText,
    Vec<u8> => OwnedBinary,
    bool => Bool,
    Option<bool> => NullableBool,
}

impl<DB, Row> QueryFragment<DB> for Statement<'_, Row>
where
    DB: Backend + HasSqlType<Text> + HasSqlType<BigInt> + HasSqlType<Binary> + HasSqlType<Bool>,
    str: ToSql<Text, DB>,
    i64: ToSql<BigInt, DB>,
    [u8]: ToSql<Binary, DB>,
    bool: ToSql<Bool, DB>,
    for<'v> Option<&'v str>: ToSql<Nullable<Text>, DB>,
    Option<i64>: ToSql<Nullable<BigInt>, DB>,
    Option<bool>: ToSql<Nullable<Bool>, DB>,
{
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, DB>) -> QueryResult<()> {
        if matches!(self.sql, Cow::Owned(_)) {
            out.unsafe_to_cache_prepared();
        }
        let mut values = self.values.iter();
        for (position, text) in self.sql.split('?').enumerate() {
            if position > 0 {
                match values.next() {
                    Some(Value::Text(value)) => out.push_bind_param::<Text, str>(value)?,
                    Some(Value::NullableText(value)) => {
                        out.push_bind_param::<Nullable<Text>, _>(value)?;
                    }
                    Some(Value::BigInt(value)) => out.push_bind_param::<BigInt, _>(value)?,
                    Some(Value::NullableBigInt(value)) => {
                        out.push_bind_param::<Nullable<BigInt>, _>(value)?;
                    }
                    Some(Value::Binary(value)) => out.push_bind_param::<Binary, [u8]>(value)?,
                    Some(Value::OwnedText(value)) => out.push_bind_param::<Text, str>(value)?,
                    Some(Value::OwnedBinary(value)) => {
                        out.push_bind_param::<Binary, [u8]>(value)?;
                    }
                    Some(Value::Bool(value)) => out.push_bind_param::<Bool, _>(value)?,
                    Some(Value::NullableBool(value)) => {
                        out.push_bind_param::<Nullable<Bool>, _>(value)?;
                    }
                    None => return Err(missing_value(&self.sql)),
                }
            }
            out.push_sql(text);
        }
        Ok(())
    }
}

fn missing_value(sql: &str) -> diesel::result::Error {
    diesel::result::Error::QueryBuilderError(format!("a value is missing for: {sql}").into())
}

/// Without a type of its own a statement is cached by its text.
impl<Row> QueryId for Statement<'_, Row> {
    type QueryId = ();
    const HAS_STATIC_QUERY_ID: bool = false;
}

impl<Row> Query for Statement<'_, Row> {
    type SqlType = Row;
}

impl<Row, Conn> RunQueryDsl<Conn> for Statement<'_, Row> {}
