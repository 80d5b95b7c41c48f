//! Transactions: a person confirms a payload with a passkey (LoginID contract, section 11.F).

use data_encoding::BASE64URL_NOPAD;
use passkeyd_domain::{Transaction, UserVerification, ports::PersonLookup};
use ring::digest::{SHA256, digest};
use serde_json::json;
use uuid::Uuid;

use crate::{
    ApplicationError, AssertionResponse, Service,
    accounts::{Realm, public_id},
    application_registration::{ApplicationClient, stored_name},
    application_sessions::{ApplicationSession, NewApplicationSession, SessionKind},
    application_sign_in::request_options,
    bearer_tokens::{BearerKind, object},
    ceremony_state::{CeremonyState, SignInPlan, TransactionPlan},
    sign_in::RequestOptions,
    user_passkeys::UserPasskey,
};

/// A transaction's session lives so long at most.
const LIFETIME: std::time::Duration = std::time::Duration::from_secs(300);

/// What a client wants confirmed.
#[derive(Clone, Debug)]
pub struct BeginTransaction {
    /// By whom.
    pub name: String,
    /// What.
    pub payload: String,
    /// What the client calls it.
    pub kind: String,
    /// The client's nonce.
    pub nonce: String,
}

/// The first half of a confirmation.
#[derive(Clone, Debug)]
pub struct BegunTransaction {
    /// The transaction's name.
    pub id: Uuid,
    /// For the browser.
    pub options: RequestOptions,
    /// The session for the second half.
    pub session: String,
}

/// A confirmed transaction.
#[derive(Clone, Debug)]
pub struct ConfirmedTransaction {
    /// The signed statement of it.
    pub token: String,
    /// The passkey that confirmed it.
    pub passkey: UserPasskey,
}

impl Service {
    /// Makes the options with which the browser confirms a transaction. Their challenge is the hash of payload and nonces.
    ///
    /// # Errors
    /// [`ApplicationError::NoSuchUser`] also for somebody who is inactive or has no passkey, and
    /// [`ApplicationError::NoSuchApplication`] without a relying party.
    pub async fn begin_transaction(
        &self,
        realm: &Realm,
        command: BeginTransaction,
    ) -> Result<BegunTransaction, ApplicationError> {
        let rp_id = self.relying_party(realm)?.id;
        let lookup = PersonLookup::Name(command.name.clone());
        let person = self.store.person(realm.id(), &lookup).await?;
        let person = person.filter(|person| person.user.active);
        let person = person.ok_or(ApplicationError::NoSuchUser)?;
        let eligible = self.eligible_passkeys(realm, &person).await?;
        if eligible.is_empty() {
            return Err(ApplicationError::NoSuchUser);
        }
        let server_nonce = BASE64URL_NOPAD.encode(&self.entropy.bytes::<32>());
        let challenge = transaction_hash(&command.payload, &command.nonce, &server_nonce);
        let options = request_options(
            rp_id.clone(),
            &challenge,
            UserVerification::Required,
            &eligible,
        );
        let plan = TransactionPlan {
            id: self.entropy.uuid(),
            kind: command.kind,
            payload_hash: BASE64URL_NOPAD
                .encode(digest(&SHA256, command.payload.as_bytes()).as_ref()),
            nonce: command.nonce,
            server_nonce,
        };
        let id = plan.id;
        let state = CeremonyState {
            sign_in: Some(SignInPlan {
                rp_id,
                username: Some(stored_name(&person, &command.name)),
                user_verification: UserVerification::Required,
            }),
            transaction: Some(plan),
            ..CeremonyState::default()
        };
        let new = NewApplicationSession {
            kind: SessionKind::Transaction,
            trace_id: id.to_string(),
            user: Some(person.user.handle),
            challenge: challenge.to_vec(),
            lifetime: LIFETIME.min(self.settings.application_session_lifetime),
        };
        let session = self.begin_application_session(realm, new, &state).await?;
        Ok(BegunTransaction {
            id,
            options,
            session: session.text().to_owned(),
        })
    }

    /// Verifies the authenticator's answer and keeps the transaction.
    ///
    /// # Errors
    /// [`ApplicationError::BadSession`], [`ApplicationError::Forbidden`] whatever is wrong with the answer.
    pub async fn complete_transaction(
        &self,
        session: &ApplicationSession,
        response: AssertionResponse,
        client: ApplicationClient,
    ) -> Result<ConfirmedTransaction, ApplicationError> {
        if session.kind() != SessionKind::Transaction {
            return Err(ApplicationError::BadSession);
        }
        let state: CeremonyState = self
            .session_state(session)
            .await?
            .ok_or(ApplicationError::BadSession)?;
        let (Some(plan), Some(transaction)) = (state.sign_in, state.transaction) else {
            return Err(ApplicationError::BadSession);
        };
        let (realm, now) = (session.realm(), self.now());
        let verified = match self.verify_once(session, &plan, &response).await {
            Err(ApplicationError::CredentialNotAccepted | ApplicationError::Refused { .. }) => {
                return Err(ApplicationError::Forbidden("the passkey is refused"));
            }
            verified => verified?,
        };
        let owned = verified.owned.clone();
        let hash = session.challenge().to_vec();
        let claims = object(json!({
            "sub": public_id(&owned.handle),
            "username": plan.username,
            "credID": owned.credential.id,
            "txId": transaction.id,
            "txType": transaction.kind,
            "txHash": BASE64URL_NOPAD.encode(&hash),
            "nonce": transaction.nonce,
            "lNonce": transaction.server_nonce,
        }));
        let token = self
            .issue_token(realm, &client.issuer, BearerKind::Transaction, claims)
            .await?;
        let kept = Transaction {
            tenant: realm.id().clone(),
            id: transaction.id,
            user_id: public_id(&owned.handle),
            credential: owned.credential.id,
            kind: transaction.kind,
            payload_hash: BASE64URL_NOPAD
                .decode(transaction.payload_hash.as_bytes())
                .unwrap_or_default(),
            nonce: transaction.nonce,
            server_nonce: transaction.server_nonce,
            hash,
            client_data: response.client_data_json,
            authenticator_data: response.authenticator_data,
            signature: response.signature,
            confirmed_at: now,
        };
        let mut record = self.sign_in_record(session, verified, client);
        record.transaction = Some(kept);
        match self.record_application_sign_in(realm, record).await {
            Err(ApplicationError::Refused { .. }) => {
                return Err(ApplicationError::Forbidden("the passkey is refused"));
            }
            recorded => recorded?,
        }
        let passkey = self
            .store
            .credential(realm.id(), &owned.credential.credential_id)
            .await?
            .unwrap_or(owned);
        let passkey = self.user_passkey(realm, passkey).await?;
        Ok(ConfirmedTransaction { token, passkey })
    }
}

/// The challenge of a transaction: SHA-256 of payload, nonce and the server's nonce, one after the other.
fn transaction_hash(payload: &str, nonce: &str, server_nonce: &str) -> [u8; 32] {
    let text = [payload, nonce, server_nonce].concat();
    let mut hash = [0; 32];
    hash.copy_from_slice(digest(&SHA256, text.as_bytes()).as_ref());
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hash_is_that_of_the_check_vector() {
        let hash = transaction_hash(
            "Payment of $100 to John Doe",
            "f846bb01-492e-422b-944a-44b04adc441e",
            "c2VydmVyLW5vbmNl",
        );
        assert_eq!(
            BASE64URL_NOPAD.encode(&hash),
            "j5OVCWgKGRl-1eB3bcPLzGwXy07YWt7pPAuAiaBfWPY"
        );
    }
}
