//! The SCIM surface (RFC 7643, RFC 7644): a company's directory provisions users and groups. It stands below
//! `/fido2/v2/scim`, where clients of LoginID look for it, and below `/scim/v2`, where all others do.
//!
//! An endpoint is a function from an [`Exchange`] to a [`Reply`] or a [`Refusal`]; the key that it needs stands beside it in
//! the list of routes.

mod discovery;
mod exchange;
mod groups;
mod operations;
mod refusal;
mod users;

use actix_web::{HttpResponse, Resource, http::Method, web};

use self::{
    exchange::{Exchange, Reply, answer},
    refusal::{ErrorBody, Refusal},
};
use crate::{
    context::Call,
    description::{Operation, Scheme, Surface},
    routes::{On, Routes},
};

/// As others see it.
pub(crate) static SURFACE: Surface = Surface {
    name: "scim",
    problem_type: "application/scim+json",
    problem: schemars::SchemaGenerator::subschema_for::<ErrorBody<'static>>,
};

/// How a directory shows who it is.
static KEY: Scheme = Scheme {
    name: "ScimKey",
    header: Some("Authorization"),
    description: "An API key with the scope `profile:read` or `profile:write`: the user name of `Basic`, with any password, or after `Bearer`.",
};

/// What stands before every path, where errors carry LoginID's codes…
const OF_LOGINID: &str = "/fido2/v2/scim";
/// …and where they don't.
const PLAIN: &str = "/scim/v2";

const READ: &str = "profile:read";
const WRITE: &str = "profile:write";

/// Below the root, and below `/apps/{app}`, which names the tenant. To be added before what else is below these paths.
pub(crate) fn configure(routes: &mut Routes<'_>) {
    for tenant in ["", "/apps/{app}"] {
        for prefix in [OF_LOGINID, PLAIN] {
            let below = format!("{tenant}{prefix}");
            endpoints(prefix, &mut |path, handlers| {
                routes.add_with(&format!("{below}{path}"), handlers, |resource, allow| {
                    otherwise(resource, prefix, allow)
                });
            });
            routes.fallback(
                &below,
                web::to(move |call: Call| {
                    answer(call, prefix, None, async |_| {
                        Err(Refusal::not_found("There is nothing at this address."))
                    })
                }),
            );
        }
    }
}

fn endpoints(prefix: &'static str, add: &mut dyn FnMut(&str, Vec<On>)) {
    let read = Access {
        prefix,
        scope: READ,
    };
    let write = Access {
        prefix,
        scope: WRITE,
    };
    // Before what has an id in their place.
    let methods = [
        Method::GET,
        Method::POST,
        Method::PUT,
        Method::PATCH,
        Method::DELETE,
    ];
    let me = methods.map(|method| read.to(method, unsupported).described(describe_unsupported));
    add("/Me", me.into());
    for path in ["/Bulk", "/.search", "/Users/.search", "/Groups/.search"] {
        add(
            path,
            vec![
                read.to(Method::POST, unsupported)
                    .described(describe_unsupported),
            ],
        );
    }
    add(
        "/Users",
        vec![
            read.to(Method::GET, users::list)
                .described(users::describe_list),
            write
                .to(Method::POST, users::create)
                .described(users::describe_create),
        ],
    );
    add(
        "/Users/{id}",
        vec![
            read.to(Method::GET, users::show)
                .described(users::describe_show),
            write
                .to(Method::PUT, users::replace)
                .described(users::describe_replace),
            write
                .to(Method::PATCH, users::patch)
                .described(users::describe_patch),
            write
                .to(Method::DELETE, users::delete)
                .described(users::describe_delete),
        ],
    );
    add(
        "/Groups",
        vec![
            read.to(Method::GET, groups::list)
                .described(groups::describe_list),
            write
                .to(Method::POST, groups::create)
                .described(groups::describe_create),
        ],
    );
    add(
        "/Groups/{id}",
        vec![
            read.to(Method::GET, groups::show)
                .described(groups::describe_show),
            write
                .to(Method::PUT, groups::replace)
                .described(groups::describe_replace),
            write
                .to(Method::PATCH, groups::patch)
                .described(groups::describe_patch),
            write
                .to(Method::DELETE, groups::delete)
                .described(groups::describe_delete),
        ],
    );
    for (path, handler) in [
        (
            "/ServiceProviderConfig",
            read.to(Method::GET, discovery::config),
        ),
        (
            "/ResourceTypes",
            read.to(Method::GET, discovery::resource_types),
        ),
        (
            "/ResourceTypes/{id}",
            read.to(Method::GET, discovery::resource_type),
        ),
        ("/Schemas", read.to(Method::GET, discovery::schemas)),
        ("/Schemas/{id}", read.to(Method::GET, discovery::schema)),
    ] {
        let describe = if path.ends_with("{id}") {
            discovery::describe_one
        } else {
            discovery::describe
        };
        add(path, vec![handler.described(describe)]);
    }
}

/// Who may call.
#[derive(Clone, Copy)]
struct Access {
    prefix: &'static str,
    scope: &'static str,
}

impl Access {
    fn to<H, F>(self, method: Method, handler: H) -> On
    where
        H: Fn(Exchange) -> F + Copy + 'static,
        F: Future<Output = Result<Reply, Refusal>> + 'static,
    {
        let route = web::to(move |call: Call| answer(call, self.prefix, Some(self.scope), handler));
        On::new(method, route)
    }
}

/// No page of another origin is served here, which a preflight says by the header that it lacks; 405 for methods that a path
/// does not have.
fn otherwise(resource: Resource, prefix: &'static str, allow: String) -> Resource {
    resource
        .route(
            web::route()
                .method(Method::OPTIONS)
                .to(async || HttpResponse::NoContent().finish()),
        )
        .default_service(web::to(move |call: Call| {
            let refusal = Refusal::method_not_allowed(&allow);
            answer(call, prefix, None, async |_| Err(refusal))
        }))
}

async fn unsupported(_: Exchange) -> Result<Reply, Refusal> {
    Err(Refusal::not_implemented())
}

fn describe_unsupported(it: Operation) -> Operation {
    it.about("scim", "Is not supported")
        .by(&KEY)
        .refuses(403, "The key lacks the scope.")
        .refuses(501, "Always.")
}
