//! Android's description of a key.

use super::der;

/// A `KeyDescription`; the challenge is the client data hash unless another is given.
pub(crate) struct Description {
    pub(crate) attestation_level: u64,
    pub(crate) keymaster_level: u64,
    pub(crate) challenge: Option<Vec<u8>>,
    pub(crate) software: Vec<(u32, Vec<u8>)>,
    pub(crate) hardware: Vec<(u32, Vec<u8>)>,
    /// Stands for the whole value.
    pub(crate) raw: Option<Vec<u8>>,
}

impl Default for Description {
    fn default() -> Self {
        Self {
            attestation_level: 1,
            keymaster_level: 1,
            challenge: None,
            software: vec![
                (701, der::integer(1_700_000_000_000)),
                (709, der::octets(b"application")),
            ],
            hardware: vec![
                (1, purposes(&[2])),
                (2, der::integer(3)),
                (3, der::integer(256)),
                (503, der::null()),
                (702, der::integer(0)),
                (704, root_of_trust(true, 0)),
                (705, der::integer(160_000)),
                (706, der::integer(202_607)),
                (718, der::integer(20_260_705)),
                (719, der::integer(20_260_701)),
            ],
            raw: None,
        }
    }
}

impl Description {
    pub(crate) fn encode(&self, client_data_hash: &[u8]) -> Vec<u8> {
        if let Some(raw) = &self.raw {
            return raw.clone();
        }
        der::sequence(&[
            &der::integer(300),
            &der::enumerated(self.attestation_level),
            &der::integer(300),
            &der::enumerated(self.keymaster_level),
            &der::octets(self.challenge.as_deref().unwrap_or(client_data_hash)),
            &der::octets(&[]),
            &list(&self.software),
            &list(&self.hardware),
        ])
    }

    /// Sets a property that the hardware enforces.
    pub(crate) fn set(&mut self, number: u32, value: Vec<u8>) {
        self.unset(number);
        self.hardware.push((number, value));
    }

    pub(crate) fn unset(&mut self, number: u32) {
        self.hardware.retain(|(known, _)| *known != number);
    }
}

fn list(properties: &[(u32, Vec<u8>)]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = properties
        .iter()
        .map(|(number, value)| der::explicit(*number, value))
        .collect();
    der::sequence(&[&parts.concat()])
}

pub(crate) fn purposes(purposes: &[u64]) -> Vec<u8> {
    let parts: Vec<Vec<u8>> = purposes
        .iter()
        .map(|purpose| der::integer(*purpose))
        .collect();
    der::set(&[&parts.concat()])
}

pub(crate) fn root_of_trust(locked: bool, state: u64) -> Vec<u8> {
    der::sequence(&[
        &der::octets(&[0x4f; 32]),
        &der::boolean(locked),
        &der::enumerated(state),
        &der::octets(&[0x5e; 32]),
    ])
}
