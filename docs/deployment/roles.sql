-- Two roles: one owns the tables and migrates, under the other Ductus runs. Run once, as a superuser, in the database of
-- Ductus. What Ductus runs under cannot take the locks on signed rows away.
CREATE ROLE owner LOGIN;
CREATE ROLE ductus LOGIN;
GRANT CREATE, USAGE ON SCHEMA public TO owner;
GRANT USAGE ON SCHEMA public TO ductus;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO ductus;
ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE, SELECT ON SEQUENCES TO ductus;
