//! The attributes of users and groups (RFC 7643 sections 3, 4.1 and 4.2), which everything else here goes by: reading
//! bodies, filters, PATCH paths, projection, and what the discovery endpoints tell.

use super::filter::AttributePath;

/// The type of a value (RFC 7643 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text.
    Text,
    /// `true` or `false`.
    Boolean,
    /// An instant.
    Time,
    /// A URI.
    Reference,
    /// Parts with names.
    Complex(&'static [Attribute]),
}

/// Who may change a value (RFC 7643 section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// We alone.
    ReadOnly,
    /// The client too.
    ReadWrite,
    /// The client, once.
    Immutable,
}

/// An attribute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a characteristic that RFC 7643 section 7 has as true or false"
)]
pub struct Attribute {
    /// Its name as it is written.
    pub name: &'static str,
    /// The type of its values.
    pub kind: Kind,
    /// Has a list of values.
    pub multi_valued: bool,
    /// Can't be without a value.
    pub required: bool,
    /// Upper and lower case differ.
    pub case_exact: bool,
    /// Who may change it.
    pub mutability: Mutability,
    /// In every answer, whatever is asked for.
    pub always_returned: bool,
    /// No two resources have the same.
    pub unique: bool,
    /// Values that are usual.
    pub canonical_values: &'static [&'static str],
    /// What it is.
    pub description: &'static str,
}

/// A kind of resource with its schema.
#[derive(Debug, PartialEq, Eq)]
pub struct Schema {
    /// The URN of the schema.
    pub urn: &'static str,
    /// `User` or `Group`.
    pub name: &'static str,
    /// Where the resources are, below the base.
    pub endpoint: &'static str,
    /// What the schema describes.
    pub description: &'static str,
    /// The attributes of its own.
    pub attributes: &'static [Attribute],
}

/// An attribute that a path names, with its part where the path names one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Named {
    /// The attribute.
    pub attribute: &'static Attribute,
    /// One of its sub-attributes.
    pub sub: Option<&'static Attribute>,
}

impl Schema {
    /// The attribute of that name, without regard to case; those that every resource has are among them.
    pub fn attribute(&self, name: &str) -> Option<&'static Attribute> {
        named(COMMON, name).or_else(|| named(self.attributes, name))
    }

    /// What a path names. None: nothing that a resource of this kind has.
    pub fn resolve(&self, path: &AttributePath) -> Option<Named> {
        if path
            .schema
            .as_ref()
            .is_some_and(|schema| !self.is_called(schema))
        {
            return None;
        }
        let attribute = self.attribute(&path.name)?;
        let sub = match &path.sub {
            Some(sub) => Some(attribute.sub(sub)?),
            None => None,
        };
        Some(Named { attribute, sub })
    }

    /// Whether this is the URN of the schema; URNs are compared without regard to case (RFC 7643 section 3.1).
    pub fn is_called(&self, urn: &str) -> bool {
        self.urn.eq_ignore_ascii_case(urn)
    }
}

impl Attribute {
    /// Its parts; none where it has none.
    pub fn subs(&self) -> &'static [Attribute] {
        match self.kind {
            Kind::Complex(subs) => subs,
            _ => &[],
        }
    }

    /// The part of that name, without regard to case.
    pub fn sub(&self, name: &str) -> Option<&'static Attribute> {
        named(self.subs(), name)
    }

    /// Whether it has parts.
    pub fn is_complex(&self) -> bool {
        matches!(self.kind, Kind::Complex(_))
    }

    const fn text(name: &'static str, description: &'static str) -> Self {
        Self {
            name,
            kind: Kind::Text,
            multi_valued: false,
            required: false,
            case_exact: false,
            mutability: Mutability::ReadWrite,
            always_returned: false,
            unique: false,
            canonical_values: &[],
            description,
        }
    }

    const fn of(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    const fn many(self) -> Self {
        Self {
            multi_valued: true,
            ..self
        }
    }

    const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    const fn exact(self) -> Self {
        Self {
            case_exact: true,
            ..self
        }
    }

    const fn read_only(self) -> Self {
        Self {
            mutability: Mutability::ReadOnly,
            ..self
        }
    }
}

fn named(attributes: &'static [Attribute], name: &str) -> Option<&'static Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}

/// Those that every resource has (RFC 7643 section 3.1).
pub static COMMON: &[Attribute] = &[
    Attribute {
        always_returned: true,
        ..Attribute::text("schemas", "The schemas of the resource.")
            .of(Kind::Reference)
            .many()
            .exact()
    },
    Attribute {
        always_returned: true,
        unique: true,
        ..Attribute::text("id", "The server's name of the resource.")
            .exact()
            .read_only()
    },
    Attribute::text("externalId", "The client's name of the resource.").exact(),
    Attribute::text("meta", "What the server knows about the resource.")
        .of(Kind::Complex(META))
        .read_only(),
];

static META: &[Attribute] = &[
    Attribute::text("resourceType", "The kind of the resource.")
        .exact()
        .read_only(),
    Attribute::text("created", "When it was made.")
        .of(Kind::Time)
        .exact()
        .read_only(),
    Attribute::text("lastModified", "When it was last changed.")
        .of(Kind::Time)
        .exact()
        .read_only(),
    Attribute::text("location", "Where it is.")
        .of(Kind::Reference)
        .exact()
        .read_only(),
    Attribute::text("version", "Its entity tag.")
        .exact()
        .read_only(),
];

/// Users.
pub static USER: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:User",
    name: "User",
    endpoint: "/Users",
    description: "A person who signs in.",
    attributes: &[
        Attribute {
            unique: true,
            ..Attribute::text("userName", "The name under which the person signs in.").required()
        },
        Attribute::text(
            "name",
            "The parts of the person's name. Where displayName is given, they follow from it.",
        )
        .of(Kind::Complex(NAME)),
        Attribute::text("displayName", "The name under which the person is shown."),
        Attribute::text(
            "active",
            "Whether the person can sign in; true where it is not said.",
        )
        .of(Kind::Boolean),
        Attribute::text(
            "emails",
            "Addresses of the person, which count as verified.",
        )
        .of(Kind::Complex(EMAIL))
        .many(),
        Attribute::text(
            "groups",
            "The groups of which the person is a member; changed through the groups.",
        )
        .of(Kind::Complex(GROUPS_OF_USER))
        .many()
        .read_only(),
    ],
};

static NAME: &[Attribute] = &[
    Attribute::text("formatted", "The whole name."),
    Attribute::text("familyName", "The family name."),
    Attribute::text("givenName", "The given name."),
];

static EMAIL: &[Attribute] = &[
    Attribute::text("value", "The address."),
    Attribute {
        canonical_values: &["work", "home", "other"],
        ..Attribute::text("type", "What the address is for.")
    },
    Attribute::text(
        "primary",
        "Whether it is the preferred address; at most one is.",
    )
    .of(Kind::Boolean),
];

static GROUPS_OF_USER: &[Attribute] = &[
    Attribute::text("value", "The id of the group.")
        .exact()
        .read_only(),
    Attribute::text("display", "The name of the group.").read_only(),
];

/// Groups.
pub static GROUP: Schema = Schema {
    urn: "urn:ietf:params:scim:schemas:core:2.0:Group",
    name: "Group",
    endpoint: "/Groups",
    description: "A set of users.",
    attributes: &[
        Attribute::text("displayName", "The name of the group.").required(),
        Attribute::text("members", "The users that are members.")
            .of(Kind::Complex(MEMBER))
            .many(),
    ],
};

static MEMBER: &[Attribute] = &[
    Attribute {
        mutability: Mutability::Immutable,
        ..Attribute::text("value", "The id of the user.").exact()
    },
    Attribute::text("display", "The name of the user.").read_only(),
];
