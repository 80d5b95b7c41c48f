//! A sign-in that can be broken anywhere, before or after it is signed.

use jiff::Timestamp;
use passkeyd_webauthn::{
    Algorithm, Authentication, AuthenticationResponse, AuthenticationState, Error, Policy,
    StoredCredential, authenticate,
};

use crate::keys::TestKey;
use crate::mutation::Case;
use crate::registration_case::{ClientDataCase, DataCase, RP_ID, USER, ceremony, now, sha256};

pub(crate) const ID: [u8; 16] = [0x1d; 16];

/// The stored state.
#[derive(Clone)]
pub(crate) struct Stored {
    pub(crate) id: Vec<u8>,
    pub(crate) public_key: Vec<u8>,
    pub(crate) sign_count: u32,
    pub(crate) uv_initialized: bool,
    pub(crate) backup_eligible: bool,
    pub(crate) backed_up: bool,
    pub(crate) rp_id: String,
    pub(crate) user_handle: Vec<u8>,
    pub(crate) browser_bound_key: Option<Vec<u8>>,
}

impl Stored {
    pub(crate) fn borrow(&self) -> StoredCredential<'_> {
        StoredCredential {
            id: &self.id,
            public_key: &self.public_key,
            sign_count: self.sign_count,
            uv_initialized: self.uv_initialized,
            backup_eligible: self.backup_eligible,
            backed_up: self.backed_up,
            rp_id: &self.rp_id,
            user_handle: &self.user_handle,
            browser_bound_key: self.browser_bound_key.as_deref(),
        }
    }
}

pub(crate) struct AuthenticationCase {
    pub(crate) key: TestKey,
    pub(crate) client_data: ClientDataCase,
    pub(crate) data: DataCase,
    /// Signs the message.
    pub(crate) sign: fn(&TestKey, &[u8]) -> Vec<u8>,
    /// Changes the response after it was signed.
    pub(crate) after: fn(&mut AuthenticationResponse),
    pub(crate) stored: Stored,
    pub(crate) state: AuthenticationState,
    pub(crate) policy: Policy,
    pub(crate) now: Timestamp,
}

impl AuthenticationCase {
    /// A sign-in of a user who is not known beforehand.
    pub(crate) fn new(algorithm: Algorithm) -> Self {
        let key = TestKey::new(algorithm);
        let stored = Stored {
            id: ID.to_vec(),
            public_key: key.cose(),
            sign_count: 4,
            uv_initialized: false,
            backup_eligible: false,
            backed_up: false,
            rp_id: RP_ID.to_owned(),
            user_handle: USER.to_vec(),
            browser_bound_key: None,
        };
        Self {
            key,
            client_data: ClientDataCase::new("webauthn.get"),
            data: DataCase {
                rp_id: RP_ID.to_owned(),
                flags: 0x05,
                sign_count: 5,
                attested: None,
                extensions: Vec::new(),
                trailing: Vec::new(),
                cut: None,
            },
            sign: TestKey::sign,
            after: |_| {},
            stored,
            state: AuthenticationState::new(ceremony()),
            policy: Policy::consumer(),
            now: now(),
        }
    }

    pub(crate) fn response(&self) -> AuthenticationResponse {
        let client_data = self.client_data.build();
        let data = self.data.build();
        let signature = (self.sign)(
            &self.key,
            &[data.as_slice(), &sha256(&client_data)].concat(),
        );
        let mut response = AuthenticationResponse::new(ID.to_vec(), client_data, data, signature);
        response.user_handle = Some(USER.to_vec());
        (self.after)(&mut response);
        response
    }

    pub(crate) fn authenticate(&self) -> Result<Authentication, Error> {
        authenticate(
            &self.response(),
            &self.state,
            &self.stored.borrow(),
            &self.policy,
            self.now,
        )
    }
}

impl Case for AuthenticationCase {
    fn verify(&self) -> Result<(), Error> {
        self.authenticate().map(drop)
    }
}
