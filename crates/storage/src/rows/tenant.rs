use std::time::Duration;

use diesel::{Insertable, Queryable, Selectable};
use passkeyd_domain::{AuthConfig, Hint, Purpose, Tenant, TenantId, TenantSettings};

use super::{Read, Reader, millis};
use crate::{
    error::Failure,
    schema::{auth_configs, tenants},
};

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = tenants, treat_none_as_default_value = false)]
pub(crate) struct TenantRow {
    pub(crate) id: String,
    pub(crate) settings: String,
    pub(crate) created_at: i64,
    pub(crate) delete_at: Option<i64>,
}

impl TenantRow {
    pub(crate) fn of(tenant: &Tenant) -> Read<Self> {
        Ok(Self {
            id: tenant.id.to_string(),
            settings: settings_text("{}", &tenant.settings)?,
            created_at: millis(tenant.created_at),
            delete_at: tenant.delete_at.map(millis),
        })
    }

    pub(crate) fn tenant(self) -> Read<Tenant> {
        let read = Reader {
            table: "tenants",
            key: &self.id,
        };
        Ok(Tenant {
            id: read.of("id", self.id.parse())?,
            created_at: read.time("created_at", self.created_at)?,
            delete_at: read.optional_time("delete_at", self.delete_at)?,
            settings: read.of("settings", serde_json::from_str(&self.settings))?,
        })
    }

    pub(crate) fn settings(&self) -> Read<TenantSettings> {
        Reader {
            table: "tenants",
            key: &self.id,
        }
        .of("settings", serde_json::from_str(&self.settings))
    }

    /// The stored text with these settings in it; members that we don't know stay.
    pub(crate) fn settings_with(&self, settings: &TenantSettings) -> Read<String> {
        settings_text(&self.settings, settings)
    }
}

/// A tenant's stored name.
pub(crate) fn tenant_id(id: &str) -> Read<TenantId> {
    Reader {
        table: "tenants",
        key: &id,
    }
    .of("id", id.parse())
}

fn settings_text(stored: &str, settings: &TenantSettings) -> Read<String> {
    let failure = |error: serde_json::Error| Failure::Inconsistent {
        table: "tenants",
        what: format!("settings: {error}"),
    };
    let mut members: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(stored).map_err(failure)?;
    if let serde_json::Value::Object(ours) = serde_json::to_value(settings).map_err(failure)? {
        members.extend(ours);
    }
    serde_json::to_string(&members).map_err(failure)
}

#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = auth_configs, treat_none_as_default_value = false)]
pub(crate) struct AuthConfigRow {
    tenant: String,
    purpose: String,
    time_to_live: i64,
    user_verification: String,
    hints: String,
    created_by: String,
    created_on: Option<i64>,
    edited_by: Option<String>,
    edited_on: Option<i64>,
    last_used_on: Option<i64>,
}

/// A span of time as it is stored: whole milliseconds.
pub(crate) fn millis_of(span: Duration) -> i64 {
    i64::try_from(span.as_millis()).unwrap_or(i64::MAX)
}

pub(crate) fn hints_text(hints: &[Hint]) -> String {
    serde_json::to_string(hints).unwrap_or_else(|_| "[]".to_owned())
}

impl AuthConfigRow {
    pub(crate) fn of(tenant: &TenantId, config: &AuthConfig) -> Self {
        Self {
            tenant: tenant.to_string(),
            purpose: config.purpose.to_string(),
            time_to_live: millis_of(config.time_to_live),
            user_verification: config.user_verification.as_str().to_owned(),
            hints: hints_text(&config.hints),
            created_by: config.created_by.clone(),
            created_on: config.created_on.map(millis),
            edited_by: config.edited_by.clone(),
            edited_on: config.edited_on.map(millis),
            last_used_on: config.last_used_on.map(millis),
        }
    }

    pub(crate) fn config(self) -> Read<AuthConfig> {
        let key = format!("{}/{}", self.tenant, self.purpose);
        let read = Reader {
            table: "auth_configs",
            key: &key,
        };
        Ok(AuthConfig {
            purpose: read.of("purpose", Purpose::new(self.purpose))?,
            time_to_live: Duration::from_millis(
                read.of("time_to_live", u64::try_from(self.time_to_live))?,
            ),
            user_verification: read.of("user_verification", self.user_verification.parse())?,
            hints: read.of("hints", serde_json::from_str(&self.hints))?,
            created_by: self.created_by,
            created_on: read.optional_time("created_on", self.created_on)?,
            edited_by: self.edited_by,
            edited_on: read.optional_time("edited_on", self.edited_on)?,
            last_used_on: read.optional_time("last_used_on", self.last_used_on)?,
        })
    }
}
