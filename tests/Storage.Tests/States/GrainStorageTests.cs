using Orchestrator.Storage.Tests.Backends;

namespace Orchestrator.Storage.Tests.States;

public sealed class SqliteGrainStorageTests : GrainStorageConformance<SqliteBackend>;

public sealed class SqliteGrainStorageProperties : GrainStorageProperties<SqliteBackend>;

public sealed class PostgresGrainStorageTests : GrainStorageConformance<PostgresBackend>;

public sealed class PostgresGrainStorageProperties : GrainStorageProperties<PostgresBackend>;
