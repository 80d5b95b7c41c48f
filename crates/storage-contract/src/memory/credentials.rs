use async_trait::async_trait;
use jiff::SignedDuration;
use passkeyd_domain::{
    AuthConfig, CredentialDescriptor, CredentialId, Event, Purpose, TenantId, Timestamp, UserId,
    ports::{
        Credentials, NewCredential, OwnedCredential, Owner, RegistrationOutcome, SignInFacts,
        SignInOutcome, SignInRecord, StoreError, UserCredentials, UserLookup,
    },
};
use uuid::Uuid;

use super::{MemoryStore, TenantRows};

impl TenantRows {
    fn note_use(&mut self, purpose: &Purpose, now: Timestamp) {
        if purpose.is_built_in() {
            self.auth_configs
                .entry(purpose.clone())
                .or_insert_with(|| AuthConfig::built_in(purpose));
        }
        let Some(config) = self.auth_configs.get_mut(purpose) else {
            return;
        };
        let recent = config
            .last_used_on
            .is_some_and(|last| now.duration_since(last) < SignedDuration::from_secs(1));
        if !recent {
            config.last_used_on = Some(now);
        }
    }
}

#[async_trait]
impl Credentials for MemoryStore {
    async fn user_credentials(
        &self,
        tenant: &TenantId,
        user: &UserLookup,
    ) -> Result<Option<UserCredentials>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                let user = match user {
                    UserLookup::UserId(user_id) => rows.users.get(user_id),
                    UserLookup::Alias(hash) => rows
                        .aliases
                        .get(hash)
                        .and_then(|(owner, _)| rows.owner(*owner)),
                }?;
                Some(UserCredentials {
                    user_id: user.user_id.clone(),
                    handle: user.handle.clone(),
                    active: user.active,
                    credentials: rows
                        .credentials_of(user.key)
                        .into_iter()
                        .map(|held| CredentialDescriptor {
                            credential_id: held.credential_id.clone(),
                            transports: held.transports.clone(),
                            aaguid: held.aaguid,
                        })
                        .collect(),
                })
            })
            .flatten())
    }

    async fn credentials_of(
        &self,
        tenant: &TenantId,
        user_id: &UserId,
    ) -> Result<Vec<OwnedCredential>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                let user = rows.users.get(user_id)?;
                Some(
                    rows.credentials_of(user.key)
                        .into_iter()
                        .filter_map(|held| rows.owned(held))
                        .collect(),
                )
            })
            .flatten()
            .unwrap_or_default())
    }

    async fn sign_in_facts(
        &self,
        tenant: &TenantId,
        ceremony: Uuid,
        credential_id: &CredentialId,
    ) -> Result<SignInFacts, StoreError> {
        Ok(self
            .read(tenant, |rows| SignInFacts {
                consumed: rows.is_consumed(ceremony),
                credential: rows
                    .credential(credential_id)
                    .and_then(|held| rows.owned(held)),
            })
            .unwrap_or(SignInFacts {
                consumed: false,
                credential: None,
            }))
    }

    async fn record_sign_in(
        &self,
        tenant: &TenantId,
        record: SignInRecord,
    ) -> Result<SignInOutcome, StoreError> {
        let outcome = self.write(tenant, |rows| {
            if !rows.consume(record.consumption) {
                return SignInOutcome::AlreadyConsumed;
            }
            let Some(held) = rows.credentials.iter_mut().find(|held| {
                held.credential_id == record.credential_id
                    && held.sign_count == record.expected_sign_count
            }) else {
                return SignInOutcome::CredentialChanged;
            };
            held.sign_count = record.sign_count;
            held.backed_up = Some(record.backed_up);
            held.user_verified |= record.user_verified;
            held.device = record.device;
            held.country = record.country;
            held.last_used_at = record.now;
            if let Some(device) = &record.used_device {
                held.last_used_from = Some(device.id.clone());
            }
            let owner = held.user;
            if let Some(device) = record.used_device {
                rows.record_device(device, owner);
            }
            if let Some(transaction) = record.transaction {
                rows.transactions.insert(transaction.id, transaction);
            }
            if let Some(purpose) = &record.used_config {
                rows.note_use(purpose, record.now);
            }
            rows.events.extend(record.event);
            SignInOutcome::Recorded
        });
        Ok(outcome.unwrap_or(SignInOutcome::CredentialChanged))
    }

    async fn register_credential(
        &self,
        registration: NewCredential,
    ) -> Result<RegistrationOutcome, StoreError> {
        let NewCredential {
            consumption,
            user,
            owner,
            mut credential,
            evidence,
            aliases,
            device,
            event,
        } = registration;
        let tenant = user.tenant.clone();
        let outcome = self.write(&tenant, |rows| {
            if !rows.consume(consumption) {
                return RegistrationOutcome::AlreadyConsumed;
            }
            if rows.credential(&credential.credential_id).is_some() {
                return RegistrationOutcome::CredentialTaken;
            }
            let existing = rows.users.get(&user.user_id).map(|found| found.key);
            let hashes = aliases.iter().flatten().map(|alias| &alias.hash);
            if rows.taken_by_others(existing, hashes) {
                return RegistrationOutcome::AliasConflict;
            }
            let key = match owner {
                Owner::Ensured => rows.users.entry(user.user_id.clone()).or_insert(user).key,
                Owner::New {
                    identifier,
                    display_name,
                } => match rows.make_user(&user, identifier, display_name) {
                    Some(key) => key,
                    None => return RegistrationOutcome::NameTaken,
                },
                Owner::Existing => match rows.users.get(&user.user_id) {
                    Some(user) if user.active => user.key,
                    _ => return RegistrationOutcome::OwnerGone,
                },
            };
            credential.user = key;
            rows.evidence
                .extend(evidence.map(|evidence| (credential.id, evidence)));
            rows.credentials.push(credential);
            if let Some(aliases) = aliases {
                rows.set_aliases(key, aliases);
            }
            if let Some(device) = device {
                rows.record_device(device, key);
            }
            rows.events.extend(event);
            RegistrationOutcome::Registered
        });
        Ok(outcome.unwrap_or(RegistrationOutcome::AlreadyConsumed))
    }

    async fn credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
    ) -> Result<Option<OwnedCredential>, StoreError> {
        Ok(self
            .read(tenant, |rows| {
                rows.credential(credential_id)
                    .and_then(|held| rows.owned(held))
            })
            .flatten())
    }

    async fn credential_by_row(
        &self,
        tenant: &TenantId,
        id: Uuid,
    ) -> Result<Option<OwnedCredential>, StoreError> {
        let found = self.read(tenant, |rows| {
            let mut held = rows.credentials.iter();
            let held = held.find(|held| held.id == id)?;
            rows.owned(held)
        });
        Ok(found.flatten())
    }

    async fn delete_credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
        event: Option<Event>,
    ) -> Result<bool, StoreError> {
        let deleted = self.write(tenant, |rows| {
            let owner = rows.credential(credential_id).map(|held| held.user);
            let Some(owner) = owner else {
                return false;
            };
            rows.credentials
                .retain(|held| held.credential_id != *credential_id);
            rows.end_trust_without_passkey(owner);
            rows.events.extend(event);
            true
        });
        Ok(deleted.unwrap_or(false))
    }

    async fn rename_credential(
        &self,
        tenant: &TenantId,
        credential_id: &CredentialId,
        nickname: Option<String>,
    ) -> Result<bool, StoreError> {
        let renamed = self.write(tenant, |rows| {
            let held = rows
                .credentials
                .iter_mut()
                .find(|held| held.credential_id == *credential_id);
            let found = held.is_some();
            if let Some(held) = held {
                held.nickname = nickname;
            }
            found
        });
        Ok(renamed.unwrap_or(false))
    }
}
