//! The ways out of the server: mail, and requests to servers that tenants name.

use std::{error::Error, path::Path, sync::Arc};

use passkeyd_delivery::{
    http::{OutgoingHttp, OutgoingSettings},
    mail::{self, FileProvider, HttpApiProvider, Providers, SmtpProvider},
    outbox_file::LineFile,
    sms::HttpSmsGateway,
    templates::Templates,
};
use passkeyd_domain::ports::{Clock, HttpClient, SmsGateway};
use passkeyd_service::Outgoing;

use crate::settings::{Provider, Settings};

/// Where mails go that nobody else takes.
const MAIL_FILE: &str = "mail.md";
/// And codes.
const CODE_FILE: &str = "otp-outbox.jsonl";

/// Opens what the settings say.
pub(crate) fn open(
    settings: &Settings,
    data_dir: &Path,
    clock: &Arc<dyn Clock>,
) -> Result<Outgoing, Box<dyn Error>> {
    let guarded = OutgoingSettings {
        allowed_hosts: settings.allowed_hosts.clone(),
        ..OutgoingSettings::default()
    };
    // The operator may well keep a mail service in the same private network; a tenant has no business there.
    let trusting = OutgoingSettings {
        allow_private: true,
        ..OutgoingSettings::default()
    };
    let mail_services: Arc<dyn HttpClient> = Arc::new(OutgoingHttp::new(trusting));
    let mut providers: Vec<Box<dyn mail::Provider>> = Vec::new();
    for provider in &settings.mail.providers {
        providers.push(match provider {
            Provider::Smtp { settings, senders } => {
                Box::new(SmtpProvider::new(settings, senders.clone())?)
            }
            Provider::File { path } => {
                let path = path.clone().unwrap_or_else(|| data_dir.join(MAIL_FILE));
                Box::new(FileProvider::new(path, Arc::clone(clock)))
            }
            Provider::Http { request, senders } => Box::new(HttpApiProvider::new(
                "http",
                Arc::clone(&mail_services),
                request.clone(),
                senders.clone(),
            )),
        });
    }
    let sms = settings.sms_gateway.clone().map(|request| {
        let gateway = HttpSmsGateway::new(Arc::clone(&mail_services), request);
        Arc::new(gateway) as Arc<dyn SmsGateway>
    });
    Ok(Outgoing {
        mailer: Arc::new(Providers::new(providers)),
        templates: Arc::new(Templates::new(settings.mail.templates.as_deref())?),
        http: Arc::new(OutgoingHttp::new(guarded)),
        sms,
        outbox: Some(Arc::new(LineFile::new(data_dir.join(CODE_FILE)))),
    })
}
