//! Lists of authenticators: which makes a tenant allows, and which it blocks.

use std::collections::BTreeSet;

use passkeyd_domain::{
    AttestationConveyance, EventKind, TenantSettings, ports::ListedAuthenticator,
};
use uuid::Uuid;

use crate::{Caller, Error, Service, tenants::LiveTenant};

impl Service {
    /// The allow list (true) or the block list (false), oldest entry first.
    ///
    /// # Errors
    /// [`Error::AuthenticatorListsNotAllowed`].
    pub async fn authenticators(
        &self,
        caller: &Caller,
        allowed: bool,
    ) -> Result<Vec<ListedAuthenticator>, Error> {
        may_list(&caller.tenant.tenant.settings)?;
        let listed = self.store.listed_authenticators(caller.tenant()).await?;
        Ok(listed
            .into_iter()
            .filter(|listed| listed.allowed == allowed)
            .collect())
    }

    /// Puts makes on a list; what is on the other one moves. Repeats collapse. Without metadata any make is taken.
    ///
    /// # Errors
    /// [`Error::AuthenticatorListsNotAllowed`], [`Error::UnknownAuthenticators`].
    pub async fn add_authenticators(
        &self,
        caller: &Caller,
        aaguids: BTreeSet<Uuid>,
        allowed: bool,
    ) -> Result<(), Error> {
        may_list(&caller.tenant.tenant.settings)?;
        if let Some(catalogue) = self.catalogue()
            && !aaguids.iter().all(|aaguid| catalogue.knows(*aaguid))
        {
            return Err(Error::UnknownAuthenticators);
        }
        let list = if allowed { "allow list" } else { "block list" };
        let message = format!(
            "Authenticators were put on the {list}: {}.",
            named(&aaguids)
        );
        let who = ("Unknown User", caller.tenant().as_str());
        let event = caller.event(EventKind::ApiAuthenticatorsAllowlisted, who, message);
        let aaguids = aaguids.into_iter().collect();
        self.store
            .list_authenticators(caller.tenant(), aaguids, allowed, self.now(), event)
            .await?;
        Ok(())
    }

    /// Takes makes off either list; those that are on none are ignored.
    ///
    /// # Errors
    /// [`Error::AuthenticatorListsNotAllowed`].
    pub async fn remove_authenticators(
        &self,
        caller: &Caller,
        aaguids: BTreeSet<Uuid>,
    ) -> Result<(), Error> {
        may_list(&caller.tenant.tenant.settings)?;
        let message = format!(
            "Authenticators were taken off the lists: {}.",
            named(&aaguids)
        );
        let who = ("Unknown User", caller.tenant().as_str());
        let event = caller.event(EventKind::ApiAuthenticatorsDelisted, who, message);
        let aaguids = aaguids.into_iter().collect();
        self.store
            .delist_authenticators(caller.tenant(), aaguids, event)
            .await?;
        Ok(())
    }

    /// Whether a tenant's lists admit the make of an authenticator that was verified: its blacklist of models always, the
    /// other lists where it may use them.
    ///
    /// # Errors
    /// [`Error::AuthenticatorBlacklisted`], [`Error::AuthenticatorNotAllowed`], [`Error::AttestationRequired`].
    pub(crate) async fn check_authenticator(
        &self,
        tenant: &LiveTenant,
        aaguid: Uuid,
        attestation: AttestationConveyance,
    ) -> Result<(), Error> {
        if tenant.blacklists(aaguid, |model| model.registration) {
            return Err(Error::AuthenticatorBlacklisted);
        }
        if !tenant.tenant.settings.allow_attestation {
            return Ok(());
        }
        let listed = self.store.listed_authenticators(&tenant.tenant.id).await?;
        admitted(&listed, aaguid, attestation)
    }
}

fn admitted(
    listed: &[ListedAuthenticator],
    aaguid: Uuid,
    attestation: AttestationConveyance,
) -> Result<(), Error> {
    match listed.iter().find(|listed| listed.aaguid == aaguid) {
        Some(listed) if listed.allowed => Ok(()),
        None if !listed.iter().any(|listed| listed.allowed) => Ok(()),
        None if attestation == AttestationConveyance::None => Err(Error::AttestationRequired),
        _ => Err(Error::AuthenticatorNotAllowed),
    }
}

fn may_list(settings: &TenantSettings) -> Result<(), Error> {
    settings
        .allow_attestation
        .then_some(())
        .ok_or(Error::AuthenticatorListsNotAllowed)
}

/// The makes for an event's message, which is a sentence and no archive.
fn named(aaguids: &BTreeSet<Uuid>) -> String {
    const SHOWN: usize = 5;
    let mut text: Vec<_> = aaguids.iter().take(SHOWN).map(Uuid::to_string).collect();
    if aaguids.len() > SHOWN {
        text.push(format!("{} more", aaguids.len() - SHOWN));
    }
    text.join(", ")
}

#[cfg(test)]
mod tests {
    use passkeyd_domain::Timestamp;

    use super::*;

    fn on(list: bool, number: u128) -> ListedAuthenticator {
        ListedAuthenticator {
            aaguid: Uuid::from_u128(number),
            allowed: list,
            created_at: Timestamp::UNIX_EPOCH,
        }
    }

    #[test]
    fn the_lists_decide_as_the_contract_says() {
        use AttestationConveyance::{Direct, None as No};
        let verdict = |listed: &[ListedAuthenticator], attestation| match admitted(
            listed,
            Uuid::from_u128(1),
            attestation,
        ) {
            Ok(()) => "admitted",
            Err(Error::AttestationRequired) => "attestation required",
            Err(Error::AuthenticatorNotAllowed) => "not allowed",
            Err(other) => panic!("{other:?}"),
        };
        assert_eq!(verdict(&[], No), "admitted");
        assert_eq!(verdict(&[on(false, 2)], Direct), "admitted");
        assert_eq!(verdict(&[on(false, 1)], Direct), "not allowed");
        assert_eq!(verdict(&[on(false, 1)], No), "not allowed");
        assert_eq!(verdict(&[on(true, 1)], Direct), "admitted");
        assert_eq!(verdict(&[on(true, 2)], Direct), "not allowed");
        assert_eq!(verdict(&[on(true, 2)], No), "attestation required");
    }
}
