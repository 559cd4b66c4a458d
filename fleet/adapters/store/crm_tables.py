"""The CRM: plain table and key names, dangling keys kept as null by the imports and reported."""

import sqlalchemy as sa

from fleet.adapters.store.columns import (
    METADATA,
    flag,
    json,
    key,
    number,
    refers,
    row_version,
    text,
    whole,
)

people = sa.Table(
    "people", METADATA, key(),
    text("name", needed=True), text("email"), text("role"), text("manager"), text("office"),
    text("external_id"), text("created_at"), text("updated_at"), row_version(),
)  # fmt: skip

companies = sa.Table(
    "companies", METADATA, key(),
    text("name", needed=True), text("domain"), text("industry"), whole("employees"),
    number("revenue"), text("country"), text("city"),
    refers("parent_id", "companies.id"), refers("owner_id", "people.id"),
    text("origin"), json("extra"), text("external_id"), text("created_at"), text("updated_at"),
    row_version(),
    sa.Index("companies_by_parent", "parent_id"), sa.Index("companies_by_owner", "owner_id"),
    sa.Index("companies_by_industry", "industry", "id"),
    sa.Index("companies_under_parent", "parent_id", "id"),
)  # fmt: skip

products = sa.Table(
    "products", METADATA, key(),
    text("name", needed=True), text("series"), number("price"), text("currency"),
    text("description"), text("external_id"), text("created_at"), text("updated_at"), row_version(),
)  # fmt: skip

contacts = sa.Table(
    "contacts", METADATA, key(),
    text("name", needed=True), text("first_name"), text("last_name"),
    refers("company_id", "companies.id"), text("email"), text("phone"), text("title"),
    text("seniority"), text("language"), text("country"), text("time_zone"),
    refers("owner_id", "people.id"), flag("do_not_contact", default=False), text("lead_source"),
    text("status"), json("extra"), text("external_id"), text("created_at"), text("updated_at"),
    row_version(),
    sa.Index("contacts_by_company", "company_id", "id"), sa.Index("contacts_by_email", "email"),
)  # fmt: skip

opportunities = sa.Table(
    "opportunities", METADATA, key(),
    text("name"), refers("company_id", "companies.id"), refers("contact_id", "contacts.id"),
    refers("product_id", "products.id"), refers("owner_id", "people.id"),
    text("stage"), number("amount"), text("currency"), text("opened_at"), text("expected_close"),
    text("closed_at"), text("outcome"), text("lost_reason"), json("extra"), text("external_id"),
    text("created_at"), text("updated_at"), row_version(),
    sa.CheckConstraint("outcome IN ('won', 'lost')"),
    sa.Index("opportunities_by_company", "company_id", "id"),
    sa.Index("opportunities_by_contact", "contact_id", "id"),
    sa.Index("opportunities_by_product", "product_id", "id"),
    sa.Index("opportunities_by_owner", "owner_id", "id"),
    sa.Index(
        "opportunities_newest_of_company", "company_id", "opened_at", "id", "product_id", "outcome"
    ),
    sa.Index("opportunities_newest_of_contact", "contact_id", "opened_at", "id"),
    sa.Index(
        "opportunities_newest_of_product", "product_id", "outcome", "opened_at", "id", "company_id"
    ),
)  # fmt: skip

emails = sa.Table(
    "emails", METADATA, key(),
    text("message_id", needed=True, unique=True), text("thread_id", needed=True),
    text("direction", needed=True), text("from_address", needed=True), text("from_name"),
    text("to_address", needed=True), text("cc"), text("subject", needed=True),
    text("body", needed=True), text("reply", needed=True), text("language"),
    text("kind", needed=True), text("in_reply_to"), json("reference_ids"), json("attachments"),
    text("returns_at"), text("at", needed=True), text("bounced_address"), text("bounce_status"),
    refers("contact_id", "contacts.id"), refers("company_id", "companies.id"),
    refers("opportunity_id", "opportunities.id"), text("matched_via"),
    text("handled_at"), text("handled_as"), text("received_at"), text("digest"), row_version(),
    sa.CheckConstraint("direction IN ('in', 'out')"),
    sa.Index("emails_by_thread", "thread_id", "at"),
    sa.Index("emails_by_contact", "contact_id", "at"),
    sa.Index("emails_newest_of_contact", "contact_id", "at", "id"),
    sa.Index("emails_by_company", "company_id", "at"),
    sa.Index("emails_unhandled", "direction", "handled_at", "at"),
)  # fmt: skip

activities = sa.Table(
    "activities", METADATA, key(),
    text("kind", needed=True), text("subject"), text("body"),
    refers("contact_id", "contacts.id"), refers("company_id", "companies.id"),
    refers("opportunity_id", "opportunities.id"), refers("person_id", "people.id"),
    text("at", needed=True), text("origin"), text("external_id"), row_version(),
    sa.Index("activities_by_contact", "contact_id", "at"),
    sa.Index("activities_by_company", "company_id", "at"),
    sa.Index("activities_by_opportunity", "opportunity_id", "at"),
)  # fmt: skip
