//! The app: every endpoint behind one edge. The server and the tests put together the same one.

use actix_web::{
    App, Error, FromRequest, Handler, HttpResponse, Resource, Responder, Route,
    body::BoxBody,
    dev::{ServiceFactory, ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{ALLOW, HeaderValue},
    },
    web,
};

use crate::{
    context::Context,
    demo,
    edge::{Edge, not_found},
    health, ideas, jwks, loginid, passwordless,
    problem::Problem,
    related_origins,
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
            if context.settings().surfaces.passwordless {
                passwordless::configure(app);
            }
            if context.settings().surfaces.idea_pool {
                ideas::configure(app);
            }
            if context.settings().surfaces.loginid {
                loginid::configure(app);
            }
            if context.settings().surfaces.idea_pool || context.settings().surfaces.loginid {
                jwks::configure(app);
            }
            health::configure(app);
            related_origins::configure(app);
            if context.settings().demo.is_some() {
                demo::configure(app);
            }
        })
        .default_service(web::to(async || Err::<HttpResponse, _>(not_found())))
        .wrap(Edge(context))
}

/// An endpoint: the methods it has at a path, and 405 for every other.
pub(crate) fn endpoint<const N: usize>(path: &str, routes: [(Method, Route); N]) -> Resource {
    let allow = routes
        .iter()
        .map(|(method, _)| method.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    let mut resource = web::resource(path);
    for (method, route) in routes {
        resource = resource.route(route.method(method));
    }
    resource.default_service(web::to(move || {
        let allow = allow.clone();
        async move { Err::<HttpResponse, _>(method_not_allowed(&allow)) }
    }))
}

/// A handler of `GET`.
pub(crate) fn get<H, Args>(handler: H) -> (Method, Route)
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    (Method::GET, web::to(handler))
}

/// A handler of `POST`.
pub(crate) fn post<H, Args>(handler: H) -> (Method, Route)
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    (Method::POST, web::to(handler))
}

/// A handler of `DELETE`.
pub(crate) fn delete<H, Args>(handler: H) -> (Method, Route)
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    (Method::DELETE, web::to(handler))
}

fn method_not_allowed(allow: &str) -> Problem {
    let problem = Problem::framework(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    match HeaderValue::from_str(allow) {
        Ok(allow) => problem.with_header(ALLOW, allow),
        Err(_) => problem,
    }
}
