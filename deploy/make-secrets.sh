#!/bin/sh
# Make every secret that docker-compose.yml names, once. Never overwrites: a lost vault key is lost data.
set -eu
folder=${1:-$(dirname "$0")/secrets}
if [ -e "$folder" ]; then
    echo "$folder is there already. Its secrets belong to the data; move it away only together with that." >&2
    exit 1
fi
mkdir -p "$folder"
# Only this user enters the folder. The files themselves are read by each container's own user.
chmod 0700 "$folder"
cd "$folder"

password() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }
key() { head -c 32 /dev/urandom | base64; }

echo '*' >.gitignore
password >database_password
password >vault_password
password >web_database_password
password >web_vault_password
password >database_admin_password
password >vault_admin_password
queue=$(password)
# between containers of one machine nobody else listens: see "Another machine" in README.md
echo "postgresql://hub:$(cat database_password)@database/trellis?sslmode=disable" >database_url
echo "postgresql://hub:$(cat vault_password)@vault/trellis_vault?sslmode=disable" >vault_url
echo "postgresql://trellis_web:$(cat web_database_password)@database/trellis?sslmode=disable" >web_database_url
echo "postgresql://trellis_web:$(cat web_vault_password)@vault/trellis_vault?sslmode=disable" >web_vault_url
echo "redis://:$queue@queue:6379/0" >redis_url
echo "requirepass $queue" >queue.conf
key >vault_key
key >signing_key
: >oidc_client_secret # the identity provider's, if there is one
: >mail_url           # the mail server that reminders go out by, such as smtp://USER:PASSWORD@mail.example.org:587,
: >notify_key         # or the key of a GOV.UK Notify service,
: >webhook_url        # or where they are posted, signed with the key below
password >webhook_key
chmod 0444 ./*
echo "Made $(ls | wc -l) secrets in $folder. Keep vault_key and signing_key in a second safe place."
