//! The app: every endpoint behind one edge. The server and the tests put together the same one.

use actix_web::{
    App, Error, HttpResponse,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    web,
};

use crate::{
    context::Context,
    demo,
    description::Surface,
    edge::{Edge, not_found},
    health, ideas, jwks, loginid, openapi, passwordless, related_origins,
    routes::Routes,
    scim,
    settings::Surfaces,
    static_files,
};

/// All endpoints that the settings ask for.
pub fn app(
    context: web::Data<Context>,
) -> App<
    impl ServiceFactory<
        ServiceRequest,
        Config = (),
        Response = ServiceResponse<BoxBody>,
        Error = Error,
        InitError = (),
    >,
> {
    App::new()
        .app_data(context.clone())
        .configure(|app| {
            add_surfaces(&mut Routes::of(app), context.settings().surfaces);
            if context.settings().demo.is_some() {
                demo::configure(app);
            }
        })
        .default_service(web::to(async || Err::<HttpResponse, _>(not_found())))
        .wrap(Edge(context))
}

/// The routes of the surfaces that are on, and of the server itself.
pub(crate) fn add_surfaces(routes: &mut Routes<'_>, on: Surfaces) {
    if on.passwordless {
        passwordless::configure(routes.surface(&passwordless::SURFACE));
    }
    if on.idea_pool {
        ideas::configure(routes.surface(&ideas::SURFACE));
    }
    if on.scim {
        // Before LoginID, below whose prefix one of its two stands.
        scim::configure(routes.surface(&scim::SURFACE));
    }
    if on.loginid {
        loginid::configure(routes.surface(&loginid::SURFACE));
    }
    routes.surface(&Surface::SERVER);
    if on.idea_pool || on.loginid {
        jwks::configure(routes);
    }
    health::configure(routes);
    related_origins::configure(routes);
    openapi::configure(routes);
    static_files::configure(routes);
}
