//! The steps with a passkey, each of which is the last one (contract section 13.5).

use passkeyd_domain::CredentialId;

use super::{
    MfaCompleted,
    completion::LastStep,
    offers::{Action, Flow},
    state::{MfaState, OfferedCeremony, Plan, StepRefusal, Subject},
};
use crate::{
    ApplicationError, AssertionResponse, AttestationResponse, Service,
    application_registration::{
        ApplicationClient, CompleteApplicationRegistration, FinishRegistration,
    },
    application_sessions::ApplicationSession,
    application_sign_in::VerifyAssertion,
    bearer_tokens::user_handle,
};

/// What a step with a passkey is asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MfaPasskey {
    /// A sign-in.
    SignIn,
    /// The confirmation of the payload.
    Confirm,
}

impl Service {
    /// Verifies an assertion, and with it ends the sign-in.
    ///
    /// # Errors
    /// [`ApplicationError::Unauthenticated`] for a sign-in that is over, [`ApplicationError::Invalid`] where this is not
    /// offered, [`ApplicationError::Refused`] whatever is wrong with the assertion.
    pub async fn verify_mfa_assertion(
        &self,
        session: &ApplicationSession,
        step: MfaPasskey,
        response: AssertionResponse,
        client: ApplicationClient,
    ) -> Result<MfaCompleted, ApplicationError> {
        let action = match step {
            MfaPasskey::SignIn => Action::SignIn,
            MfaPasskey::Confirm => Action::Confirm,
        };
        let (state, ceremony) = self.begin_passkey_step(session, action).await?;
        let Plan::SignIn(plan) = &ceremony.plan else {
            return Err(ApplicationError::Unauthenticated);
        };
        let realm = session.realm();
        let user = state.subject.handle();
        let verifying = VerifyAssertion {
            realm,
            user: user.as_ref(),
            plan,
            challenge: &ceremony.issued.challenge,
        };
        let verified = match self.verify_assertion(&verifying, &response).await {
            Ok(verified) => verified,
            Err(error @ ApplicationError::Service(_)) => return Err(error),
            Err(refusal) => return Err(self.mfa_failed(session, told(refusal)).await),
        };
        let owned = verified.owned.clone();
        let username = match &plan.username {
            Some(username) => username.clone(),
            None => self.username_of(realm, &owned.handle).await?,
        };
        let device = self.claimed_device(realm, &state.device, self.now());
        let last = LastStep {
            session,
            issuer: &client.issuer,
        };
        // Signed before it is recorded, so that no sign-in is recorded that nobody learns of.
        let mut completed = self
            .passkey_completed(&last, &state, &ceremony.issued, &owned, &username)
            .await?;
        completed.flow = Flow::SignIn;
        completed.device_id = device.as_ref().map(|device| device.id.to_string());
        let mut record = self.sign_in_record(session, verified, client.clone());
        record.used_device = device;
        match self.record_application_sign_in(realm, record).await {
            Err(ApplicationError::BadSession) => return Err(ApplicationError::Unauthenticated),
            recorded => recorded?,
        }
        self.bind_trust_items(
            realm,
            &owned.handle,
            completed.device_id.as_deref(),
            &state.trust,
        )
        .await;
        Ok(completed)
    }

    /// Verifies a new passkey, and with it ends the sign-in; a newcomer becomes a user.
    ///
    /// # Errors
    /// Those of [`verify_mfa_assertion`](Self::verify_mfa_assertion), [`ApplicationError::Blacklisted`],
    /// [`ApplicationError::Forbidden`] for other lists of authenticators, [`ApplicationError::UserInactive`].
    pub async fn verify_mfa_registration(
        &self,
        session: &ApplicationSession,
        response: AttestationResponse,
        client: ApplicationClient,
    ) -> Result<MfaCompleted, ApplicationError> {
        let (state, ceremony) = self.begin_passkey_step(session, Action::Register).await?;
        let Plan::Registration(plan) = &ceremony.plan else {
            return Err(ApplicationError::Unauthenticated);
        };
        let realm = session.realm();
        let handle = match &state.subject {
            Subject::Known { .. } => state.subject.handle(),
            _ => user_handle(&plan.user_id),
        };
        let handle = handle.ok_or(ApplicationError::Unauthenticated)?;
        let Ok(credential_id) = CredentialId::new(response.raw_id.clone()) else {
            let refusal = refused("its credential id is empty or too long");
            return Err(self.mfa_failed(session, refusal).await);
        };
        // A passkey that is registered already must not use the sign-in up.
        if self
            .store
            .credential(realm.id(), &credential_id)
            .await?
            .is_some()
        {
            let refusal = refused("it is registered already");
            return Err(self.mfa_failed(session, refusal).await);
        }
        let finishing = FinishRegistration {
            session,
            handle: &handle,
            plan,
            device: &state.device,
            challenge: &ceremony.issued.challenge,
        };
        let issuer = client.issuer.clone();
        let command = CompleteApplicationRegistration {
            response,
            passkey_name: None,
            client,
        };
        let registered = match self.finish_registration(&finishing, command).await {
            Ok(registered) => registered,
            Err(error @ ApplicationError::Service(_)) => return Err(error),
            Err(ApplicationError::BadSession) => return Err(ApplicationError::Unauthenticated),
            Err(refusal) => return Err(self.mfa_failed(session, refusal).await),
        };
        let owned = self.store.credential(realm.id(), &credential_id).await?;
        let owned = owned.ok_or(ApplicationError::NoSuchPasskey)?;
        let last = LastStep {
            session,
            issuer: &issuer,
        };
        let mut completed = self
            .passkey_completed(&last, &state, &ceremony.issued, &owned, &plan.username)
            .await?;
        completed.flow = match &state.subject {
            Subject::Newcomer(_) => Flow::SignUp,
            _ => Flow::SignIn,
        };
        completed.device_id = registered.device_id;
        self.bind_trust_items(
            realm,
            &owned.handle,
            completed.device_id.as_deref(),
            &state.trust,
        )
        .await;
        Ok(completed)
    }

    /// Takes one of the verifications that are left, if this is offered.
    async fn begin_passkey_step(
        &self,
        session: &ApplicationSession,
        action: Action,
    ) -> Result<(MfaState, OfferedCeremony), ApplicationError> {
        let state = self
            .change_mfa(session, |state| {
                state.offer(action)?;
                state.begin_verification()
            })
            .await?;
        let ceremony = state.offer(action)?.ceremony.clone();
        let ceremony = ceremony.ok_or(StepRefusal::NotOffered)?;
        Ok((state, ceremony))
    }
}

/// Of an assertion the client learns nothing but that it is refused.
fn told(refusal: ApplicationError) -> ApplicationError {
    match refusal {
        ApplicationError::CredentialNotAccepted => refused("it can't be used here"),
        other => other,
    }
}

fn refused(reason: &str) -> ApplicationError {
    ApplicationError::Refused {
        reason: reason.to_owned(),
    }
}
