//! How codes go out.

use std::{pin::pin, sync::Arc, time::Duration};

use passkeyd_domain::{
    AddressKind,
    application::{EmailChannel, OtpSettings, SmsChannel},
    ports::{
        CodeMessage, HttpMethod, HttpRequest, Letter, MailChannel, Message, NotTaken, SmsError,
        taken,
    },
};
use serde_json::json;
use tokio::{
    sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc},
    task::JoinSet,
};

use crate::{Outgoing, Service};

/// Codes that wait at most; more are not sent, and people ask again.
const WAITING: usize = 4096;
/// Codes on their way at once.
const AT_ONCE: usize = 16;

/// Where a code goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Route {
    /// The mail providers.
    Mail,
    /// The gateway for text messages.
    Gateway,
    /// The tenant's own server.
    Webhook(String),
    /// A file; none: the server's.
    File(Option<String>),
    /// The log.
    Log,
}

/// Codes that are to go out. What a mail server or a gateway takes its time for happens apart from the request, so that
/// nobody learns from a clock that a message is sent.
pub(crate) struct CodeQueue {
    sender: mpsc::Sender<(Route, CodeMessage)>,
    receiver: Mutex<mpsc::Receiver<(Route, CodeMessage)>>,
}

impl Default for CodeQueue {
    fn default() -> Self {
        let (sender, receiver) = mpsc::channel(WAITING);
        Self {
            sender,
            receiver: Mutex::new(receiver),
        }
    }
}

impl Service {
    /// Sends the codes that wait, as they come, until `ended`, and then those that still wait. Run it beside the server,
    /// once.
    pub async fn send_codes(self: Arc<Self>, ended: impl Future<Output = ()> + Send) {
        let mut receiver = self.code_queue.receiver.lock().await;
        let mut on_their_way = JoinSet::new();
        let slots = Arc::new(Semaphore::new(AT_ONCE));
        let mut ended = pin!(ended);
        loop {
            let next = tokio::select! {
                biased;
                next = receiver.recv() => next,
                () = &mut ended => None,
            };
            let Some((route, message)) = next else { break };
            while on_their_way.try_join_next().is_some() {}
            if let Some(outgoing) = self.outgoing.clone() {
                let pauses = self.settings.code_pauses;
                let slot = Arc::clone(&slots).acquire_owned().await.ok();
                on_their_way
                    .spawn(async move { deliver(&outgoing, &pauses, slot, route, &message).await });
            }
        }
        while on_their_way.join_next().await.is_some() {}
    }

    /// Sends the codes that wait now, where nobody does beside the server.
    pub async fn send_waiting_codes(&self) {
        let Ok(mut receiver) = self.code_queue.receiver.try_lock() else {
            return;
        };
        while let Ok((route, message)) = receiver.try_recv() {
            if let Some(outgoing) = &self.outgoing {
                deliver(outgoing, &self.settings.code_pauses, None, route, &message).await;
            }
        }
    }

    /// What the tenant wants, else what the server has.
    pub(super) fn route(&self, otp: &OtpSettings, by: AddressKind) -> Route {
        let file = || Route::File(otp.outbox.clone());
        let webhook = || otp.webhook_url.clone().map(Route::Webhook);
        let gateway = || {
            let outgoing = self.outgoing.as_ref()?;
            outgoing.sms.is_some().then_some(Route::Gateway)
        };
        match by {
            AddressKind::Email => match otp.email {
                Some(EmailChannel::Smtp) => Route::Mail,
                Some(EmailChannel::Webhook) => webhook().unwrap_or_else(file),
                Some(EmailChannel::Log) => Route::Log,
                None if self.settings.mail_is_set_up => Route::Mail,
                Some(EmailChannel::File) | None => file(),
            },
            AddressKind::Phone => match otp.sms {
                Some(SmsChannel::Webhook) => webhook().or_else(gateway).unwrap_or_else(file),
                Some(SmsChannel::File) => file(),
                Some(SmsChannel::Log) => Route::Log,
                None => gateway().unwrap_or_else(file),
            },
        }
    }

    /// Sends a code: to a file or the log at once, elsewhere later.
    pub(super) async fn dispatch(&self, route: Route, message: CodeMessage) {
        match (&route, &self.outgoing) {
            (Route::File(_) | Route::Log, Some(outgoing)) => {
                deliver(outgoing, &[], None, route, &message).await;
            }
            _ => {
                if self.code_queue.sender.try_send((route, message)).is_err() {
                    tracing::error!("a one-time code was not sent: too many wait");
                }
            }
        }
    }
}

/// Why a code did not go out.
enum Failure {
    /// It may go out later.
    Passing(String),
    /// It will not.
    Final(String),
}

/// Hands a code over, again and again for some seconds where that may help. Others have its place among those on their way
/// during the pauses. What goes wrong is logged, without code and address.
async fn deliver(
    outgoing: &Outgoing,
    pauses: &[Duration],
    mut slot: Option<OwnedSemaphorePermit>,
    route: Route,
    message: &CodeMessage,
) {
    let mut pauses = pauses.iter();
    let reason = loop {
        let reason = match attempt(outgoing, &route, message).await {
            Ok(()) => return,
            Err(Failure::Final(reason)) => break reason,
            Err(Failure::Passing(reason)) => reason,
        };
        let Some(pause) = pauses.next() else {
            break reason;
        };
        tracing::warn!(
            app = %message.app,
            channel = message.channel,
            reason,
            "a one-time code was not sent yet"
        );
        let slots = slot.take().map(|held| Arc::clone(held.semaphore()));
        tokio::time::sleep(*pause).await;
        if let Some(slots) = slots {
            slot = slots.acquire_owned().await.ok();
        }
    };
    tracing::error!(
        app = %message.app,
        channel = message.channel,
        reason,
        "a one-time code was not sent"
    );
}

async fn attempt(outgoing: &Outgoing, route: &Route, message: &CodeMessage) -> Result<(), Failure> {
    match route {
        Route::Mail => mail(outgoing, message).await.map_err(Failure::Final),
        Route::Gateway => match &outgoing.sms {
            Some(gateway) => gateway.send(message).await.map_err(|error| match error {
                SmsError::Unavailable(_) => Failure::Passing(error.to_string()),
                SmsError::Refused(_) => Failure::Final(error.to_string()),
            }),
            None => Err(Failure::Final("there is no SMS gateway".to_owned())),
        },
        Route::Webhook(url) => webhook(outgoing, url.clone(), message).await,
        Route::File(path) => match &outgoing.outbox {
            Some(file) => {
                let line = described(message).to_string();
                let written = file.append(path.as_deref(), &line).await;
                written.map_err(|error| Failure::Final(error.to_string()))
            }
            None => Err(Failure::Final("there is no file for codes".to_owned())),
        },
        Route::Log => {
            tracing::info!(
                app = %message.app,
                channel = message.channel,
                to = message.to,
                code = message.code,
                purpose = message.purpose.as_str(),
                "a one-time code"
            );
            Ok(())
        }
    }
}

async fn mail(outgoing: &Outgoing, message: &CodeMessage) -> Result<(), String> {
    let letter = Letter::OneTimeCode {
        code: message.code.clone(),
        name: message.app_name.clone(),
        lifetime: message.lifetime,
    };
    let texts = outgoing
        .templates
        .render(&letter)
        .map_err(|error| error.to_string())?;
    let mail = Message {
        channel: MailChannel::Codes,
        to: message.to.clone(),
        subject: texts.subject,
        sender_name: None,
        text: texts.text,
        html: texts.html,
    };
    let sent = outgoing.mailer.send(&mail).await;
    sent.map_err(|error| error.to_string())
}

async fn webhook(outgoing: &Outgoing, url: String, message: &CodeMessage) -> Result<(), Failure> {
    let request = HttpRequest {
        method: HttpMethod::Post,
        url,
        headers: vec![("content-type".to_owned(), "application/json".to_owned())],
        body: described(message).to_string().into_bytes(),
    };
    taken(outgoing.http.send(request).await).map_err(|refusal| match refusal {
        NotTaken::Now(reason) => Failure::Passing(reason),
        NotTaken::Ever(reason) => Failure::Final(reason),
    })
}

/// The JSON of the contract's section 11.C.
fn described(message: &CodeMessage) -> serde_json::Value {
    json!({
        "app": message.app,
        "channel": message.channel,
        "to": message.to,
        "code": message.code,
        "purpose": message.purpose.as_str(),
        "username": message.username,
        "expiresAt": whole_seconds(message.expires_at),
    })
}

fn whole_seconds(at: passkeyd_domain::Timestamp) -> String {
    passkeyd_domain::Timestamp::from_second(at.as_second())
        .unwrap_or(at)
        .to_string()
}
