//! Groups as resources. They mean nothing to sign-ins.

use std::collections::{BTreeMap, BTreeSet};

use passkeyd_domain::{
    Group, GroupId, Member, UserHandle, UserKey,
    directory::Condition,
    ports::{DeleteOutcome, GroupOutcome, StoreError},
};
use serde_json::{Map, Value, json};

use super::{
    Filter, GROUP, IfMatch, List, Patch, Query, Refused, Resource, ScimError, View, body,
    conditions,
    resource::{ATTEMPTS, bounded_text, finished},
};
use crate::{
    Service,
    accounts::{Realm, public_id},
};

impl Service {
    /// The groups that a filter means, a part of them.
    ///
    /// # Errors
    /// [`super::ScimType::InvalidFilter`].
    pub async fn list_scim_groups(
        &self,
        realm: &Realm,
        query: &Query,
        view: &View,
    ) -> Result<List, ScimError> {
        let condition = match &query.filter {
            Some(filter) => conditions::of_groups(&Filter::parse(filter)?, view)?,
            None => Condition::Constant(true),
        };
        let found = self
            .store
            .find_groups(realm.id(), condition, query.window())
            .await?;
        let mut members: BTreeMap<GroupId, Vec<Member>> = BTreeMap::new();
        if !found.items.is_empty() && view.projection.shows(&GROUP, "members") {
            let ids = found.items.iter().map(|group| group.id).collect();
            for member in self.store.members(realm.id(), ids).await? {
                members.entry(member.group).or_default().push(member);
            }
        }
        let resources = found.items.iter().map(|group| {
            let members = members.remove(&group.id).unwrap_or_default();
            shown(group, &members, view).body
        });
        Ok(List {
            total: found.total,
            start_index: query.start_index,
            resources: resources.collect(),
        })
    }

    /// A group.
    ///
    /// # Errors
    /// [`ScimError::NotFound`].
    pub async fn scim_group(
        &self,
        realm: &Realm,
        id: &str,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let group = self.find_scim_group(realm, id).await?;
        let members = if view.projection.shows(&GROUP, "members") {
            self.store.members(realm.id(), vec![group.id]).await?
        } else {
            Vec::new()
        };
        Ok(shown(&group, &members, view))
    }

    /// Makes a group.
    ///
    /// # Errors
    /// What is wrong with the body, by its name; a member that is no user is [`super::ScimType::InvalidValue`].
    pub async fn create_scim_group(
        &self,
        realm: &Realm,
        sent: &Value,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let draft = Draft::read(&body::canonical(sent, &GROUP)?)?;
        let display_name = draft.display_name.clone();
        let now = self.now();
        let group = Group {
            id: GroupId(self.entropy.uuid_at(now)),
            tenant: realm.id().clone(),
            display_name: display_name
                .ok_or_else(|| Refused::value("'displayName' is required"))?,
            external_id: draft.external_id.clone(),
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let members = self.scim_members(realm, &draft.members).await?;
        match self.store.create_group(group.clone(), members).await? {
            GroupOutcome::Written => {
                self.scim_group(realm, &conditions::shown_group_id(group.id), view)
                    .await
            }
            _ => Err(unknown_member().into()),
        }
    }

    /// Replaces what the client can write of a group, its members included; a display name that it does not give stays.
    ///
    /// # Errors
    /// [`ScimError::NotFound`], [`ScimError::PreconditionFailed`], and what is wrong with the body, by its name.
    pub async fn replace_scim_group(
        &self,
        realm: &Realm,
        id: &str,
        sent: &Value,
        if_match: &IfMatch,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let sent = body::canonical(sent, &GROUP);
        let changed = |_: &Map<String, Value>| Draft::read(sent.as_ref().map_err(Clone::clone)?);
        self.change_scim_group(realm, id, if_match, view, &changed)
            .await
    }

    /// Applies a PATCH to a group, all of it or nothing.
    ///
    /// # Errors
    /// As [`replace_scim_group`](Self::replace_scim_group), and those of [`Patch::apply`].
    pub async fn patch_scim_group(
        &self,
        realm: &Realm,
        id: &str,
        sent: &Value,
        if_match: &IfMatch,
        view: &View,
    ) -> Result<Resource, ScimError> {
        let patch = Patch::parse(sent);
        let changed = |before: &Map<String, Value>| {
            let patch = patch.as_ref().map_err(Clone::clone)?;
            Draft::read(&patch.apply(before, &GROUP)?.resource)
        };
        self.change_scim_group(realm, id, if_match, view, &changed)
            .await
    }

    /// Deletes a group.
    ///
    /// # Errors
    /// [`ScimError::NotFound`], [`ScimError::PreconditionFailed`].
    pub async fn delete_scim_group(
        &self,
        realm: &Realm,
        id: &str,
        if_match: &IfMatch,
    ) -> Result<(), ScimError> {
        for _ in 0..ATTEMPTS {
            let group = self.find_scim_group(realm, id).await?;
            if !if_match.admits(group.version) {
                return Err(ScimError::PreconditionFailed);
            }
            let version = if_match.is_strict().then_some(group.version);
            match self
                .store
                .delete_group(realm.id(), group.id, version)
                .await?
            {
                DeleteOutcome::Deleted => return Ok(()),
                DeleteOutcome::Unknown => return Err(ScimError::NotFound("group")),
                DeleteOutcome::Changed => {}
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn change_scim_group(
        &self,
        realm: &Realm,
        id: &str,
        if_match: &IfMatch,
        view: &View,
        changed: &Change<'_>,
    ) -> Result<Resource, ScimError> {
        for _ in 0..ATTEMPTS {
            let before = self.find_scim_group(realm, id).await?;
            if !if_match.admits(before.version) {
                return Err(ScimError::PreconditionFailed);
            }
            let members = self.store.members(realm.id(), vec![before.id]).await?;
            let draft = changed(&writable(&before, &members))?;
            let known: BTreeSet<_> = members
                .iter()
                .map(|member| public_id(&member.handle))
                .collect();
            let wanted: BTreeSet<_> = draft.members.iter().cloned().collect();
            let new: Vec<_> = wanted.difference(&known).cloned().collect();
            let added = self.scim_members(realm, &new).await?;
            let removed: Vec<UserKey> = members
                .iter()
                .filter(|member| !wanted.contains(&public_id(&member.handle)))
                .map(|member| member.user)
                .collect();
            let mut group = Group {
                external_id: draft.external_id,
                display_name: draft
                    .display_name
                    .unwrap_or_else(|| before.display_name.clone()),
                ..before.clone()
            };
            if group == before && added.is_empty() && removed.is_empty() {
                return Ok(shown(&group, &members, view));
            }
            group.updated_at = self.now();
            match self.store.replace_group(group, added, removed).await? {
                GroupOutcome::Written => return self.scim_group(realm, id, view).await,
                GroupOutcome::Gone => return Err(ScimError::NotFound("group")),
                GroupOutcome::UnknownMember => return Err(unknown_member().into()),
                GroupOutcome::Changed => {}
            }
        }
        Err(StoreError::Busy.into())
    }

    async fn find_scim_group(&self, realm: &Realm, id: &str) -> Result<Group, ScimError> {
        let id = conditions::group_id(id).ok_or(ScimError::NotFound("group"))?;
        let found = self.store.group(realm.id(), id).await?;
        found.ok_or(ScimError::NotFound("group"))
    }

    /// The users of these ids, each of which must be one.
    async fn scim_members(&self, realm: &Realm, ids: &[String]) -> Result<Vec<UserKey>, ScimError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let handles: Option<BTreeMap<Vec<u8>, UserHandle>> = ids
            .iter()
            .map(|id| conditions::handle(id))
            .map(|handle| handle.map(|handle| (handle.as_bytes().to_vec(), handle)))
            .collect();
        let handles = handles.ok_or_else(unknown_member)?;
        let wanted = handles.len();
        let found = self
            .store
            .users_by_handle(realm.id(), handles.into_values().collect())
            .await?;
        if found.len() < wanted {
            return Err(unknown_member().into());
        }
        Ok(found.into_iter().map(|(_, key)| key).collect())
    }
}

/// What a group becomes.
type Change<'a> = dyn Fn(&Map<String, Value>) -> Result<Draft, Refused> + Sync + 'a;

fn unknown_member() -> Refused {
    Refused::value("each of 'members' must be the id of a user")
}

fn shown(group: &Group, members: &[Member], view: &View) -> Resource {
    let times = (group.created_at, group.updated_at);
    let body = writable(group, members);
    finished(
        body,
        &GROUP,
        &conditions::shown_group_id(group.id),
        group.version,
        times,
        view,
    )
}

/// What a client can write of a group, as it is.
fn writable(group: &Group, members: &[Member]) -> Map<String, Value> {
    let mut body = Map::new();
    let display_name = group.display_name.as_str().into();
    body.insert("displayName".to_owned(), display_name);
    if let Some(external_id) = &group.external_id {
        body.insert("externalId".to_owned(), external_id.as_str().into());
    }
    let members: Vec<Value> = members
        .iter()
        .map(|member| json!({"value": public_id(&member.handle), "display": member.display}))
        .collect();
    if !members.is_empty() {
        body.insert("members".to_owned(), members.into());
    }
    body
}

/// What a client wrote of a group, as far as it can.
struct Draft {
    display_name: Option<String>,
    external_id: Option<String>,
    members: Vec<String>,
}

impl Draft {
    fn read(body: &Map<String, Value>) -> Result<Self, Refused> {
        let text = |name: &str| bounded_text(body, name);
        let members = body.get("members").and_then(Value::as_array);
        let members = members.map_or(&[][..], Vec::as_slice).iter().map(|member| {
            let id = member.get("value").and_then(Value::as_str);
            id.map(str::to_owned)
                .ok_or_else(|| Refused::value("each of 'members' needs a 'value'"))
        });
        Ok(Self {
            display_name: text("displayName")?,
            external_id: text("externalId")?,
            members: members.collect::<Result<_, _>>()?,
        })
    }
}
