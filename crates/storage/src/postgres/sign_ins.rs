//! The one statement that records sign-ins.

use diesel::{
    QueryResult,
    pg::Pg,
    prelude::*,
    query_builder::{AstPass, Query, QueryFragment, QueryId},
    sql_types::{Array, BigInt, Binary, Bool, Nullable, Text},
};
use passkeyd_domain::{AuthConfig, Purpose, ports::SignInOutcome};

use super::{Conn, recorder::SignIn};
use crate::rows::{Read, hints_text, millis, millis_of};

/// Each part waits for the one whose rows it looks for. The rows of `given` have different sessions and credentials.
const BEFORE_COLUMNS: &str = "
WITH given AS (
    SELECT * FROM unnest(";
const AFTER_COLUMNS: &str = ") WITH ORDINALITY AS given (
        tenant, session, session_ends, consumed_at, credential, expected_sign_count, sign_count, backed_up, user_verified,
        device, country, now, purpose, time_to_live, user_verification, hints, created_by,
        performed_at, kind, message, performed_by, subject, api_key_id, place
    )
), consumed AS (
    INSERT INTO ceremonies (tenant, id, state, expires_at, consumed_at)
    SELECT tenant, session, NULL, session_ends, consumed_at FROM given
    ON CONFLICT (tenant, id) DO UPDATE SET consumed_at = excluded.consumed_at,
        expires_at = greatest(ceremonies.expires_at, excluded.expires_at)
    WHERE ceremonies.consumed_at IS NULL
    RETURNING tenant, id
), begun AS (
    SELECT given.* FROM given JOIN consumed ON consumed.tenant = given.tenant AND consumed.id = given.session
    ORDER BY place
), updated AS (
    UPDATE credentials SET sign_count = begun.sign_count, backed_up = begun.backed_up,
        user_verified = credentials.user_verified OR begun.user_verified,
        device = begun.device, country = begun.country, last_used_at = begun.now
    FROM begun
    WHERE credentials.tenant = begun.tenant AND credentials.credential_id = begun.credential
        AND credentials.sign_count = begun.expected_sign_count
    RETURNING begun.*
), used AS (
    UPDATE auth_configs SET last_used_on = latest.now
    FROM (SELECT tenant, purpose, max(now) AS now FROM updated GROUP BY tenant, purpose) AS latest
    WHERE auth_configs.tenant = latest.tenant AND auth_configs.purpose = latest.purpose
        AND (last_used_on IS NULL OR last_used_on <= latest.now - 1000)
), made AS (
    INSERT INTO auth_configs (tenant, purpose, time_to_live, user_verification, hints, created_by, last_used_on)
    SELECT DISTINCT ON (tenant, purpose) tenant, purpose, time_to_live, user_verification, hints, created_by, now
    FROM updated
    WHERE time_to_live IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM auth_configs WHERE auth_configs.tenant = updated.tenant AND auth_configs.purpose = updated.purpose
    )
    ORDER BY tenant, purpose, now DESC
    ON CONFLICT DO NOTHING
), told AS (
    INSERT INTO events (tenant, performed_at, kind, message, performed_by, subject, api_key_id)
    SELECT tenant, performed_at, kind, message, performed_by, subject, api_key_id FROM updated
    WHERE performed_at IS NOT NULL
)
SELECT begun.place IS NOT NULL, updated.place IS NOT NULL
FROM given LEFT JOIN begun USING (place) LEFT JOIN updated USING (place) ORDER BY place";

/// Records sign-ins that use different sessions and credentials, and gives the outcomes in their order.
pub(crate) fn record_sign_ins(conn: &mut Conn, sign_ins: &[SignIn]) -> Read<Vec<SignInOutcome>> {
    let outcomes: Vec<(bool, bool)> = RecordSignIns::of(sign_ins).load(conn)?;
    Ok(outcomes.into_iter().map(outcome).collect())
}

/// Records one.
pub(crate) fn record_alone(conn: &mut Conn, sign_in: &SignIn) -> Read<SignInOutcome> {
    Ok(outcome(RecordSignIns::of([sign_in]).get_result(conn)?))
}

/// What it means that a session was consumed, and that a credential was found as it was seen.
const fn outcome(of: (bool, bool)) -> SignInOutcome {
    match of {
        (false, _) => SignInOutcome::AlreadyConsumed,
        (true, false) => SignInOutcome::CredentialChanged,
        (true, true) => SignInOutcome::Recorded,
    }
}

macro_rules! columns {
    ($($name:ident: $value:ty => $sql:ty),+ $(,)?) => {
        /// What is bound: an array for each column of `given`.
        #[derive(Default)]
        struct RecordSignIns<'a> {
            $($name: Vec<$value>,)+
        }

        impl QueryFragment<Pg> for RecordSignIns<'_> {
            fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
                out.push_sql(BEFORE_COLUMNS);
                let mut separator = "";
                $(
                    out.push_sql(std::mem::replace(&mut separator, ", "));
                    out.push_bind_param::<Array<$sql>, _>(&self.$name)?;
                )+
                out.push_sql(AFTER_COLUMNS);
                Ok(())
            }
        }
    };
}

columns! {
    tenant: &'a str => Text,
    session: &'a [u8] => Binary,
    session_ends: i64 => BigInt,
    consumed_at: i64 => BigInt,
    credential: &'a [u8] => Binary,
    expected_sign_count: i64 => BigInt,
    sign_count: i64 => BigInt,
    backed_up: bool => Bool,
    user_verified: bool => Bool,
    device: &'a str => Text,
    country: &'a str => Text,
    now: i64 => BigInt,
    purpose: Option<&'a str> => Nullable<Text>,
    time_to_live: Option<i64> => Nullable<BigInt>,
    user_verification: Option<&'static str> => Nullable<Text>,
    hints: Option<String> => Nullable<Text>,
    created_by: Option<String> => Nullable<Text>,
    performed_at: Option<i64> => Nullable<BigInt>,
    kind: Option<i64> => Nullable<BigInt>,
    message: Option<&'a str> => Nullable<Text>,
    performed_by: Option<&'a str> => Nullable<Text>,
    subject: Option<&'a str> => Nullable<Text>,
    api_key_id: Option<&'a str> => Nullable<Text>,
}

impl<'a> RecordSignIns<'a> {
    fn of(sign_ins: impl IntoIterator<Item = &'a SignIn>) -> Self {
        let mut columns = Self::default();
        for sign_in in sign_ins {
            columns.push(sign_in);
        }
        columns
    }

    fn push(&mut self, sign_in: &'a SignIn) {
        let SignIn { tenant, record } = sign_in;
        self.tenant.push(tenant.as_str());
        self.session.push(record.consumption.id.as_bytes());
        self.session_ends
            .push(millis(record.consumption.expires_at));
        self.consumed_at.push(millis(record.consumption.at));
        self.credential.push(record.credential_id.as_bytes());
        self.expected_sign_count
            .push(i64::from(record.expected_sign_count));
        self.sign_count.push(i64::from(record.sign_count));
        self.backed_up.push(record.backed_up);
        self.user_verified.push(record.user_verified);
        self.device.push(&record.device);
        self.country.push(&record.country);
        self.now.push(millis(record.now));
        let purpose = record.used_config.as_ref();
        self.purpose.push(purpose.map(Purpose::as_str));
        let built_in = purpose
            .filter(|purpose| purpose.is_built_in())
            .map(AuthConfig::built_in);
        let built_in = built_in.as_ref();
        self.time_to_live
            .push(built_in.map(|config| millis_of(config.time_to_live)));
        self.user_verification
            .push(built_in.map(|config| config.user_verification.as_str()));
        self.hints
            .push(built_in.map(|config| hints_text(&config.hints)));
        self.created_by
            .push(built_in.map(|config| config.created_by.clone()));
        let event = record.event.as_ref();
        self.performed_at
            .push(event.map(|event| millis(event.performed_at)));
        self.kind.push(event.map(|event| event.kind.number()));
        self.message.push(event.map(|event| event.message.as_str()));
        self.performed_by
            .push(event.map(|event| event.performed_by.as_str()));
        self.subject.push(event.map(|event| event.subject.as_str()));
        let key = event.and_then(|event| event.api_key_id.as_ref());
        self.api_key_id.push(key.map(|id| id.0.as_str()));
    }
}

impl QueryId for RecordSignIns<'_> {
    type QueryId = RecordSignIns<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for RecordSignIns<'_> {
    type SqlType = (Bool, Bool);
}

impl RunQueryDsl<Conn> for RecordSignIns<'_> {}
