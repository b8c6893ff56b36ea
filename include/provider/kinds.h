/* Every provider, each in src/provider/<kind>.c; the table is src/provider/table.c. */
#ifndef PROVIDER_KINDS_H
#define PROVIDER_KINDS_H

#include "provider/provider.h"

/* git hosts */
extern const struct provider provider_github;
extern const struct provider provider_gitlab;
extern const struct provider provider_bitbucket;
extern const struct provider provider_bitbucket_server;
extern const struct provider provider_gitea;
extern const struct provider provider_forgejo;
extern const struct provider provider_gogs;
extern const struct provider provider_azure_devops;
extern const struct provider provider_git;
/* CI */
extern const struct provider provider_circleci;
extern const struct provider provider_github_actions;
extern const struct provider provider_gitlab_ci;
/* chats */
extern const struct provider provider_slack;
extern const struct provider provider_discord;
extern const struct provider provider_mattermost;
extern const struct provider provider_teams;
extern const struct provider provider_telegram;
extern const struct provider provider_rocket_chat;
extern const struct provider provider_google_chat;
/* operations */
extern const struct provider provider_standard_webhooks;
extern const struct provider provider_svix;
extern const struct provider provider_stripe;
extern const struct provider provider_shopify;
extern const struct provider provider_sentry;
extern const struct provider provider_pagerduty;
extern const struct provider provider_grafana;
extern const struct provider provider_alertmanager;
extern const struct provider provider_docker_hub;
extern const struct provider provider_registry;
extern const struct provider provider_sns;
extern const struct provider provider_vercel;
extern const struct provider provider_linear;
extern const struct provider provider_cloudevents;
extern const struct provider provider_forge;
/* any sender */
extern const struct provider provider_hmac;
extern const struct provider provider_token;
extern const struct provider provider_basic;
extern const struct provider provider_jwt;
extern const struct provider provider_http_signature;

#endif
