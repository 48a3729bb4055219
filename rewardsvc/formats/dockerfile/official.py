"""Images with one word for a name (docker-library/official-images)."""

_OFFICIAL_WORDS = """
aerospike almalinux alpine alt amazoncorretto amazonlinux api-firewall arangodb archlinux backdrop
bash buildpack-deps busybox caddy cassandra chronograf cirros clearlinux clefos clickhouse clojure
composer consul convertigo couchbase couchdb crate dart debian docker drupal eclipse-mosquitto
eclipse-temurin eggdrop elasticsearch elixir emqx erlang fedora flink fluentd gazebo gcc geonetwork
ghost golang gradle groovy haproxy haskell haxe hello-world hitch httpd hylang ibmjava influxdb
irssi jetty joomla jruby julia kapacitor kibana kong krakend lightstreamer liquibase logstash
mageia mariadb matomo maven mediawiki memcached mongo mongo-express monica mono mysql nats
nats-streaming neo4j neurodebian nextcloud nginx node notary odoo open-liberty openjdk oraclelinux
orientdb percona perl photon php php-zendserver phpmyadmin plone postfixadmin postgres pypy python
r-base rabbitmq rakudo-star redis redmine registry rethinkdb rocket.chat rockylinux ros ruby rust
sapmachine satosa scratch silverpeas solr sonarqube spark spiped storm swift swipl teamspeak
telegraf tomcat tomee traefik ubuntu unit vault varnish websphere-liberty wordpress xwiki yourls
znc zookeeper
"""
OFFICIAL = frozenset(_OFFICIAL_WORDS.split())
"""Such a word is no stage that was forgotten."""
