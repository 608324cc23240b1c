//! The page and its files, which are in the program, with what they may do.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::page::{INDEX, PAGE_SCRIPT, SCRIPT, STYLE};

/// Everything comes from this server, and nothing is written into the page that could be run.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      base-uri 'none'; form-action 'none'; frame-ancestors 'none'; connect-src 'self'";

pub(super) async fn index(headers: HeaderMap) -> Response {
    // Some browsers do not count the same address by another protocol as the page's own.
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    // It was checked before, and a name with other characters than these would end the list.
    let plain =
        |host: &&str| host.bytes().all(|b| b.is_ascii_alphanumeric() || b".:-[]".contains(&b));
    let policy = match host.filter(plain) {
        Some(host) => format!("{POLICY} ws://{host}"),
        None => POLICY.to_owned(),
    };
    file("text/html; charset=utf-8", INDEX, &policy)
}

pub(super) async fn script() -> Response {
    file("text/javascript; charset=utf-8", SCRIPT, POLICY)
}

pub(super) async fn page_script() -> Response {
    file("text/javascript; charset=utf-8", PAGE_SCRIPT, POLICY)
}

pub(super) async fn style() -> Response {
    file("text/css; charset=utf-8", STYLE, POLICY)
}

pub(super) async fn nothing() -> Response {
    (StatusCode::NOT_FOUND, "there is nothing here; the page is at /\n").into_response()
}

fn file(kind: &'static str, text: &'static str, policy: &str) -> Response {
    let mut response = text.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    if let Ok(policy) = HeaderValue::from_str(policy) {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    for (name, value) in [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        // The address may hold the token.
        (header::REFERRER_POLICY, "no-referrer"),
        (header::CACHE_CONTROL, "no-store"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
