//! The evidence of attested credentials.
#![expect(clippy::unwrap_used, reason = "a clause that fails panics")]

use passkeyd_domain::ports::{AttestedCredential, CredentialEvidence, RegistrationOutcome};

use crate::{
    running::clauses,
    samples::{credential_id, make_tenant, registration, user, uuid},
};

clauses! { $ evidence_clauses evidence;
    /// Evidence is stored with its credential, is listed across tenants in pages, is judged anew, and goes with the
    /// credential.
    async fn evidence_lives_as_long_as_its_credential(store: Store) {
        let (acme, other) = (make_tenant(&*store, "acme").await, make_tenant(&*store, "other").await);
        let mut expected = Vec::new();
        for (number, tenant, id) in [(1, &acme, b"a"), (2, &other, b"a"), (3, &acme, b"b"), (4, &acme, b"c")] {
            let mut new = registration(&user(tenant, "bob"), id, number);
            new.credential.id = uuid(number);
            // The last one has none.
            let evidence = CredentialEvidence {
                attestation_object: (0..=255).collect(),
                client_data: id.to_vec(),
                trust: format!("trust {number}"),
            };
            new.evidence = (number != 4).then(|| evidence.clone());
            let listed = AttestedCredential {
                tenant: tenant.clone(),
                id: uuid(number),
                credential_id: credential_id(id),
                aaguid: new.credential.aaguid,
                algorithm: new.credential.algorithm,
                created_at: new.credential.created_at,
                trust: evidence.trust.clone(),
            };
            assert_eq!(store.register_credential(new).await.unwrap(), RegistrationOutcome::Registered);
            let found = store.evidence(tenant, &credential_id(id)).await.unwrap();
            assert_eq!(found, (number != 4).then_some(evidence));
            expected.push(listed);
        }
        expected.truncate(3);
        assert_eq!(store.attested_credentials(None, 9).await.unwrap(), expected);
        assert_eq!(store.attested_credentials(None, 2).await.unwrap(), expected[..2]);
        assert_eq!(store.attested_credentials(Some(uuid(2)), 2).await.unwrap(), expected[2..]);

        assert!(store.judge_evidence(&acme, uuid(1), "bad".to_owned()).await.unwrap());
        assert!(!store.judge_evidence(&other, uuid(1), "worse".to_owned()).await.unwrap());
        assert!(!store.judge_evidence(&acme, uuid(4), "none".to_owned()).await.unwrap());
        assert_eq!(store.attested_credentials(None, 1).await.unwrap()[0].trust, "bad");

        assert!(store.delete_credential(&acme, &credential_id(b"a"), None).await.unwrap());
        assert_eq!(store.evidence(&acme, &credential_id(b"a")).await.unwrap(), None);
        assert!(!store.judge_evidence(&acme, uuid(1), "late".to_owned()).await.unwrap());
        assert_eq!(store.attested_credentials(None, 9).await.unwrap(), expected[1..]);
    }
}
