//! The one list of what the server listens on. Every surface adds its routes here, each with its description: the server
//! and the API description are made of the same list, so that neither can have what the other has not.

use actix_web::{
    FromRequest, Handler, HttpResponse, Resource, Responder, Route, guard,
    http::{
        Method, StatusCode,
        header::{ALLOW, HeaderValue},
    },
    web::{self, ServiceConfig},
};

use crate::{
    description::{Describe, Surface},
    problem::Problem,
};

/// Takes in the routes of the surfaces: to listen on them, or only to tell of them.
pub(crate) struct Routes<'a> {
    app: Option<&'a mut ServiceConfig>,
    listed: Vec<Listed>,
    surface: &'static Surface,
}

/// A route as the description sees it.
pub(crate) struct Listed {
    pub(crate) path: String,
    pub(crate) method: Method,
    pub(crate) surface: &'static Surface,
    /// None: nobody has said what the route does.
    pub(crate) describe: Option<Describe>,
}

impl<'a> Routes<'a> {
    /// Listens on what is added.
    pub(crate) fn of(app: &'a mut ServiceConfig) -> Self {
        Self {
            app: Some(app),
            ..Self::listing()
        }
    }

    /// Listens on nothing.
    pub(crate) fn listing() -> Self {
        Self {
            app: None,
            listed: Vec::new(),
            surface: &Surface::SERVER,
        }
    }

    /// What was added, if nobody listens on it.
    pub(crate) fn into_listed(self) -> Vec<Listed> {
        self.listed
    }

    /// The surface to which the routes belong that are added from here on.
    pub(crate) fn surface(&mut self, surface: &'static Surface) -> &mut Self {
        self.surface = surface;
        self
    }

    /// Listens at a path; methods without a handler are 405.
    pub(crate) fn add<const N: usize>(&mut self, path: &str, handlers: [On; N]) -> &mut Self {
        self.add_with(path, handlers.into(), |resource, allow| {
            resource.default_service(web::to(move || {
                let allow = allow.clone();
                async move { Err::<HttpResponse, _>(method_not_allowed(&allow)) }
            }))
        })
    }

    /// The same, with the surface's own answer to methods without a handler; it is given those that have one.
    pub(crate) fn add_with(
        &mut self,
        path: &str,
        handlers: Vec<On>,
        otherwise: impl FnOnce(Resource, String) -> Resource,
    ) -> &mut Self {
        let Some(app) = self.app.as_mut() else {
            self.listed.extend(handlers.into_iter().map(|on| Listed {
                path: path.to_owned(),
                method: on.method,
                surface: self.surface,
                describe: on.describe,
            }));
            return self;
        };
        let allow: Vec<_> = handlers.iter().map(On::methods).collect();
        let allow = allow.join(", ");
        let mut resource = web::resource(path);
        for on in handlers {
            resource = resource.route(on.into_route());
        }
        app.service(otherwise(resource, allow));
        self
    }

    /// Answers what is below a path and has no route of its own. To be added after those that have.
    pub(crate) fn fallback(&mut self, below: &str, route: Route) -> &mut Self {
        if let Some(app) = self.app.as_mut() {
            app.service(web::scope(below).default_service(route));
        }
        self
    }
}

/// What handles one method of a path.
pub(crate) struct On {
    method: Method,
    head: bool,
    route: Route,
    describe: Option<Describe>,
}

impl On {
    pub(crate) fn new(method: Method, route: Route) -> Self {
        Self {
            method,
            head: false,
            route,
            describe: None,
        }
    }

    /// Says what it does, what it takes and what it gives.
    pub(crate) fn described(mut self, describe: Describe) -> Self {
        self.describe = Some(describe);
        self
    }

    /// `HEAD` gets the same answer, without its body.
    pub(crate) fn or_head(mut self) -> Self {
        self.head = true;
        self
    }

    fn methods(&self) -> String {
        if self.head {
            format!("{}, HEAD", self.method)
        } else {
            self.method.to_string()
        }
    }

    fn into_route(self) -> Route {
        if self.head {
            let method = guard::Method(self.method);
            self.route.guard(guard::Any(method).or(guard::Head()))
        } else {
            self.route.method(self.method)
        }
    }
}

/// A handler of `GET`.
pub(crate) fn get<H, Args>(handler: H) -> On
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    On::new(Method::GET, web::to(handler))
}

/// A handler of `POST`.
pub(crate) fn post<H, Args>(handler: H) -> On
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    On::new(Method::POST, web::to(handler))
}

/// A handler of `DELETE`.
pub(crate) fn delete<H, Args>(handler: H) -> On
where
    H: Handler<Args>,
    Args: FromRequest + 'static,
    H::Output: Responder + 'static,
{
    On::new(Method::DELETE, web::to(handler))
}

fn method_not_allowed(allow: &str) -> Problem {
    let problem = Problem::framework(StatusCode::METHOD_NOT_ALLOWED, "Method Not Allowed");
    match HeaderValue::from_str(allow) {
        Ok(allow) => problem.with_header(ALLOW, allow),
        Err(_) => problem,
    }
}
