//! `GET` and `POST /credentials/list`: the passkeys of a user (contract section 2.10).

use std::{borrow::Cow, collections::BTreeMap};

use actix_web::HttpResponse;
use passkeyd_domain::{
    UserId,
    ports::{CredentialFilter, OwnedCredential},
};
use passkeyd_service::Caller;
use schemars::JsonSchema;
use serde::Serialize;
use uuid::Uuid;

use super::{
    options::DescriptorReply,
    paging::{Paging, describe_paging},
};
use crate::{
    context::{Call, Context},
    description::{Operation, guid, object, text},
    keys::SECRET_KEY,
    problem::Problem,
    query::Query,
    respond::{self, Base64, Values, Zoneless},
    validation::Validation,
};

pub(crate) async fn list_by_query(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let query = Query::of(call.request());
    if let Some(paging) = Paging::of(&query, &["rpId", "aaGuid"])? {
        return page(&call, &caller, &query, &paging).await;
    }
    let user_id = query.required("string UserId")?;
    list(&call.context(), &caller, Some(Cow::Borrowed(user_id))).await
}

pub(crate) async fn list_by_body(call: Call) -> Result<HttpResponse, Problem> {
    let caller = call.secret_key(None).await?;
    let context = call.context();
    let body = call.body("CredentialsList").await?;
    let user_id = body.members()?.text("userId")?;
    list(&context, &caller, user_id).await
}

pub(super) fn describe_by_query(it: Operation) -> Operation {
    let it = it
        .about("credentials", "Lists the passkeys of a user, or page by page")
        .details("With `userId` alone: all passkeys of the user. With any other parameter: a page of the passkeys that pass the filters.")
        .by(&SECRET_KEY)
        .optional_query("userId", text(), "The user; needed unless pages are asked for.")
        .optional_query("rpId", text(), "Only passkeys of this RP id.")
        .optional_query("aaGuid", guid(), "Only passkeys of this model of authenticator.");
    describe_paging(it)
        .gives::<Values<CredentialReply<'static>>>(200, "The passkeys;")
        .gives::<CredentialPageReply<'static>>(
            200,
            "where pages were asked for, with `next`, and with names and icons of the authenticators that are known.",
        )
}

pub(super) fn describe_by_body(it: Operation) -> Operation {
    it.about(
        "credentials",
        "Lists the passkeys of a user, who is named in the body",
    )
    .by(&SECRET_KEY)
    .takes(object().required("userId", text().filled(), "The user."))
    .gives::<Values<CredentialReply<'static>>>(200, "The passkeys.")
}

/// The credentials of all users, or of those that the filters leave.
async fn page(
    call: &Call,
    caller: &Caller,
    query: &Query,
    paging: &Paging<'_>,
) -> Result<HttpResponse, Problem> {
    let user_id = query.filter("string UserId")?;
    let filter = CredentialFilter {
        // No user has a blank name, and so no credential.
        user_id: match user_id.map(UserId::new) {
            Some(Err(_)) => {
                return respond::json(&CredentialPageReply::default());
            }
            Some(Ok(user_id)) => Some(user_id),
            None => None,
        },
        rp_id: query.filter("string RpId")?,
        aaguid: query.parsed("Guid AaGuid")?,
    };
    let page = call
        .service()
        .find_credentials(caller, filter, paging.cursor, paging.limit)
        .await?;
    let models = page.items.iter().filter_map(|owned| {
        let card = call.service().model_card(owned.credential.aaguid)?;
        let reply = AuthenticatorReply {
            name: &card.name,
            icon_light: &card.icon_light,
            icon_dark: &card.icon_dark,
        };
        Some((card.aaguid, reply))
    });
    respond::json(&CredentialPageReply {
        authenticators: models.collect(),
        values: page.items.iter().map(CredentialReply::of).collect(),
        next: page.next,
    })
}

/// A page of passkeys; a call that knows nothing of pages gets what upstream gives.
#[derive(Default, JsonSchema, Serialize)]
struct CredentialPageReply<'a> {
    values: Vec<CredentialReply<'a>>,
    /// What `cursor` is to be for the next page; null: this is the last one.
    next: Option<String>,
    /// By `aaGuid`.
    authenticators: BTreeMap<Uuid, AuthenticatorReply<'a>>,
}

/// A model of authenticators, for people; the icons are `data:` URLs.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuthenticatorModel")]
struct AuthenticatorReply<'a> {
    name: &'a str,
    icon_light: &'a str,
    icon_dark: &'a str,
}

async fn list(
    context: &Context,
    caller: &Caller,
    user_id: Option<Cow<'_, str>>,
) -> Result<HttpResponse, Problem> {
    let mut rules = Validation::default();
    let user_id = rules.required("userId", user_id);
    rules.finish()?;
    let user_id = UserId::new(user_id).map_err(Problem::internal)?;
    let owned = context.service().list_credentials(caller, &user_id).await?;
    let values = owned.iter().map(CredentialReply::of).collect();
    respond::json(&Values { values })
}

/// A stored passkey. The SDKs disagree on `rpId` and `rpid`, so both are there.
#[derive(JsonSchema, Serialize)]
#[serde(rename_all = "camelCase")]
struct CredentialReply<'a> {
    descriptor: DescriptorReply<'a>,
    public_key: Base64<'a>,
    user_handle: Base64<'a>,
    signature_counter: u32,
    attestation_fmt: &'a str,
    created_at: Zoneless,
    aa_guid: Uuid,
    last_used_at: Zoneless,
    #[serde(rename = "rpid")]
    rpid: &'a str,
    rp_id: &'a str,
    origin: &'a str,
    country: &'a str,
    device: &'a str,
    nickname: Option<&'a str>,
    user_id: &'a str,
    backup_state: Option<bool>,
    is_backup_eligible: Option<bool>,
    is_discoverable: Option<bool>,
}

impl<'a> CredentialReply<'a> {
    fn of(owned: &'a OwnedCredential) -> Self {
        let credential = &owned.credential;
        Self {
            descriptor: DescriptorReply::new(
                &credential.credential_id,
                credential.transports.as_deref(),
            ),
            public_key: Base64(&credential.public_key),
            user_handle: Base64(owned.handle.as_bytes()),
            signature_counter: credential.sign_count,
            attestation_fmt: &credential.attestation_format,
            created_at: Zoneless(credential.created_at),
            aa_guid: credential.aaguid,
            last_used_at: Zoneless(credential.last_used_at),
            rpid: &credential.rp_id,
            rp_id: &credential.rp_id,
            origin: &credential.origin,
            country: &credential.country,
            device: &credential.device,
            nickname: credential.nickname.as_deref(),
            user_id: owned.user_id.as_str(),
            backup_state: credential.backed_up,
            is_backup_eligible: credential.backup_eligible,
            is_discoverable: credential.discoverable,
        }
    }
}
