//! The server around the app.

use std::{io, net::TcpListener, sync::Arc, thread};

use actix_web::{HttpServer, http::KeepAlive, web};
use passkeyd_service::Service;

use crate::{app::app, context::Context, settings::HttpSettings};

/// Serves on listeners that are bound already, until `shutdown` comes true; then accepts no more, and ends when what runs
/// has finished or the grace period is over.
///
/// # Errors
/// What the operating system says of the listeners and threads.
pub async fn serve(
    listeners: Vec<TcpListener>,
    service: Arc<Service>,
    settings: HttpSettings,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let workers = settings
        .workers
        .or_else(|| thread::available_parallelism().ok().map(usize::from))
        .unwrap_or(1)
        .max(1);
    let limits = settings.limits;
    let grace = settings.shutdown_grace.as_secs();
    let context = web::Data::new(Context::new(service, settings));
    let mut server = HttpServer::new(move || app(context.clone()))
        .workers(workers)
        .tcp_nodelay(true)
        .keep_alive(KeepAlive::Timeout(limits.keep_alive))
        .client_request_timeout(limits.head_time)
        .max_connections(limits.connections.div_ceil(workers))
        .shutdown_timeout(grace)
        .shutdown_signal(shutdown);
    for listener in listeners {
        server = server.listen(listener)?;
    }
    server.run().await
}
