using Orchestrator.Storage.Tests.Backends;

namespace Orchestrator.Storage.Tests.Catalogue;

public sealed class SqliteCatalogueTests : CatalogueConformance<SqliteBackend>;

public sealed class SqliteCatalogueProperties : CatalogueProperties<SqliteBackend>;

public sealed class SqliteFactTests : FactConformance<SqliteBackend>;

public sealed class PostgresCatalogueTests : CatalogueConformance<PostgresBackend>;

public sealed class PostgresCatalogueProperties : CatalogueProperties<PostgresBackend>;

public sealed class PostgresFactTests : FactConformance<PostgresBackend>;
