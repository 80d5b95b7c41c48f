//! The tables as diesel sees them; `migrations/` makes them, and a test compares the two databases with each other.

use diesel::{allow_tables_to_appear_in_same_query, joinable, table};

table! {
    tenants (id) {
        id -> Text,
        settings -> Text,
        created_at -> BigInt,
        delete_at -> Nullable<BigInt>,
        deleted -> Bool,
    }
}

table! {
    api_keys (tenant, key_id) {
        tenant -> Text,
        key_id -> Text,
        kind -> Text,
        name -> Text,
        scopes -> Text,
        stored -> Text,
        lookup -> Nullable<Text>,
        created_at -> BigInt,
        locked_at -> Nullable<BigInt>,
        last_locked_at -> Nullable<BigInt>,
        expires_at -> Nullable<BigInt>,
    }
}

table! {
    ring_keys (tenant, id) {
        tenant -> Text,
        id -> Binary,
        purpose -> Text,
        material -> Binary,
        wrapped -> Bool,
        created_at -> BigInt,
    }
}

table! {
    auth_configs (tenant, purpose) {
        tenant -> Text,
        purpose -> Text,
        time_to_live -> BigInt,
        user_verification -> Text,
        hints -> Text,
        created_by -> Text,
        created_on -> Nullable<BigInt>,
        edited_by -> Nullable<Text>,
        edited_on -> Nullable<BigInt>,
        last_used_on -> Nullable<BigInt>,
    }
}

table! {
    users (key) {
        key -> Binary,
        tenant -> Text,
        user_id -> Text,
        handle -> Binary,
        active -> Bool,
        display_name -> Nullable<Text>,
        display_name_folded -> Nullable<Text>,
        given_name -> Nullable<Text>,
        given_name_folded -> Nullable<Text>,
        family_name -> Nullable<Text>,
        family_name_folded -> Nullable<Text>,
        formatted_name -> Nullable<Text>,
        formatted_name_folded -> Nullable<Text>,
        external_id -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    aliases (tenant, hash) {
        tenant -> Text,
        hash -> Text,
        user_key -> Binary,
        plaintext -> Nullable<Text>,
    }
}

table! {
    credentials (id) {
        id -> Binary,
        tenant -> Text,
        user_key -> Binary,
        credential_id -> Binary,
        rp_id -> Text,
        public_key -> Binary,
        algorithm -> BigInt,
        sign_count -> BigInt,
        transports -> Nullable<Text>,
        aaguid -> Binary,
        backup_eligible -> Nullable<Bool>,
        backed_up -> Nullable<Bool>,
        user_verified -> Bool,
        discoverable -> Nullable<Bool>,
        attestation_format -> Text,
        origin -> Text,
        device -> Text,
        country -> Text,
        nickname -> Nullable<Text>,
        created_at -> BigInt,
        last_used_at -> BigInt,
        created_from -> Nullable<Text>,
        last_used_from -> Nullable<Text>,
    }
}

table! {
    credential_evidence (id) {
        id -> Binary,
        tenant -> Text,
        attestation_object -> Binary,
        client_data -> Binary,
        trust -> Text,
    }
}

table! {
    ceremonies (tenant, id) {
        tenant -> Text,
        id -> Binary,
        state -> Nullable<Text>,
        expires_at -> BigInt,
        consumed_at -> Nullable<BigInt>,
    }
}

table! {
    events (id) {
        id -> BigInt,
        tenant -> Text,
        performed_at -> BigInt,
        kind -> BigInt,
        message -> Text,
        performed_by -> Text,
        subject -> Text,
        api_key_id -> Nullable<Text>,
    }
}

table! {
    magic_links (tenant, id) {
        tenant -> Text,
        id -> Binary,
        user_id -> Text,
        address -> Text,
        template -> Text,
        sent_at -> BigInt,
    }
}

table! {
    authenticators (tenant, aaguid) {
        tenant -> Text,
        aaguid -> Binary,
        allowed -> Bool,
        created_at -> BigInt,
    }
}

table! {
    reports (tenant, date) {
        tenant -> Text,
        date -> Text,
        users -> BigInt,
        credentials -> BigInt,
        daily_active_users -> BigInt,
        weekly_active_users -> BigInt,
    }
}

table! {
    deliveries (number) {
        number -> BigInt,
        webhook -> Binary,
        due_at -> BigInt,
        attempts -> BigInt,
        tenant -> Text,
        performed_at -> BigInt,
        kind -> BigInt,
        message -> Text,
        performed_by -> Text,
        subject -> Text,
        api_key_id -> Nullable<Text>,
    }
}

table! {
    identifiers (tenant, folded) {
        tenant -> Text,
        folded -> Text,
        value -> Text,
        kind -> Text,
        user_key -> Binary,
        is_primary -> Bool,
        source -> Text,
        verified_at -> Nullable<BigInt>,
    }
}

table! {
    addresses (user_key, kind, folded) {
        tenant -> Text,
        user_key -> Binary,
        kind -> Text,
        folded -> Text,
        value -> Text,
        label -> Nullable<Text>,
        is_primary -> Bool,
        verified_at -> Nullable<BigInt>,
        consent -> Bool,
    }
}

table! {
    one_time_codes (tenant, subject, purpose) {
        tenant -> Text,
        subject -> Binary,
        purpose -> Text,
        user_key -> Nullable<Binary>,
        hash -> Text,
        target -> Text,
        guesses -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    oidc_providers (tenant, id) {
        tenant -> Text,
        id -> Text,
        name -> Text,
        issuer -> Text,
        client_id -> Text,
        client_authentication -> Text,
        created_at -> BigInt,
    }
}

table! {
    trust_bindings (tenant, kind, id, thumbprint) {
        tenant -> Text,
        kind -> Text,
        id -> Text,
        thumbprint -> Binary,
        user_key -> Binary,
        device -> Nullable<Text>,
        bound_at -> BigInt,
    }
}

table! {
    federated (tenant, provider, subject) {
        tenant -> Text,
        provider -> Text,
        subject -> Text,
        user_key -> Binary,
    }
}

table! {
    sessions (id) {
        id -> Binary,
        tenant -> Text,
        user_key -> Binary,
        device -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
        expires_at -> BigInt,
    }
}

table! {
    refresh_tokens (tenant, hash) {
        tenant -> Text,
        hash -> Binary,
        session -> Binary,
        replaced_at -> Nullable<BigInt>,
    }
}

table! {
    ideas (tenant, id) {
        tenant -> Text,
        id -> Text,
        user_key -> Binary,
        content -> Text,
        impact -> BigInt,
        ease -> BigInt,
        confidence -> BigInt,
        score -> BigInt,
        created_at -> BigInt,
    }
}

table! {
    groups (id) {
        id -> Binary,
        tenant -> Text,
        display_name -> Text,
        display_name_folded -> Text,
        external_id -> Nullable<Text>,
        version -> BigInt,
        created_at -> BigInt,
        updated_at -> BigInt,
    }
}

table! {
    devices (tenant, id) {
        tenant -> Text,
        id -> Text,
        name -> Text,
        details -> Text,
        created_at -> BigInt,
        last_used_at -> BigInt,
    }
}

table! {
    group_members (group_id, user_key) {
        group_id -> Binary,
        user_key -> Binary,
    }
}

table! {
    device_users (user_key, device) {
        tenant -> Text,
        device -> Text,
        user_key -> Binary,
        last_used_at -> BigInt,
    }
}

table! {
    transactions (tenant, id) {
        tenant -> Text,
        id -> Binary,
        user_id -> Text,
        credential -> Binary,
        kind -> Text,
        payload_hash -> Binary,
        nonce -> Text,
        server_nonce -> Text,
        hash -> Binary,
        client_data -> Binary,
        authenticator_data -> Binary,
        signature -> Binary,
        confirmed_at -> BigInt,
    }
}

table! {
    blacklist (tenant, aaguid) {
        tenant -> Text,
        aaguid -> Binary,
        registration -> Bool,
        sign_in -> Bool,
    }
}

joinable!(aliases -> users (user_key));
joinable!(credentials -> users (user_key));
joinable!(credential_evidence -> credentials (id));
joinable!(group_members -> groups (group_id));
joinable!(group_members -> users (user_key));
joinable!(identifiers -> users (user_key));
joinable!(sessions -> users (user_key));
joinable!(refresh_tokens -> sessions (session));
allow_tables_to_appear_in_same_query!(users, aliases, credentials, ceremonies);
allow_tables_to_appear_in_same_query!(credentials, credential_evidence);
allow_tables_to_appear_in_same_query!(users, identifiers, sessions, refresh_tokens);
allow_tables_to_appear_in_same_query!(users, groups, group_members);
allow_tables_to_appear_in_same_query!(identifiers, group_members);
allow_tables_to_appear_in_same_query!(devices, device_users);
