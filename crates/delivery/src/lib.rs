//! What goes out: e-mail, SMS, webhooks and HTTP.
