using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Backends;
using Orchestrator.Storage.Catalogue;
using Orchestrator.Storage.Clusters;
using Orchestrator.Storage.Documents;
using Orchestrator.Storage.Logs;
using Orchestrator.Storage.Postgres;
using Orchestrator.Storage.Sqlite;
using Orchestrator.Storage.States;
using Orleans.Providers;
using Orleans.Runtime.Hosting;

namespace Orchestrator.Storage;

/// <summary>Puts a back end into a host: Orleans' default grain storage, <see cref="ICatalogue"/>, <see cref="IFactStore"/> and <see cref="IRunLogs"/> on one database.</summary>
public static class StorageRegistration
{
    /// <summary>Everything in one SQLite file, which is created with its folder. For one process at a time; any number may read besides, and change nothing.</summary>
    public static IServiceCollection AddSqliteStorage(this IServiceCollection services, string path, bool readOnly = false, Action<StorageOptions>? configure = null) =>
        services.AddStorage(new SqliteDatabase(path, readOnly), configure);

    /// <summary>Everything in one PostgreSQL database (version 15 or newer), which any number of silos share. The tables are created in the first schema of the search path.</summary>
    public static IServiceCollection AddPostgresStorage(this IServiceCollection services, string connectionString, Action<StorageOptions>? configure = null) =>
        services.AddStorage(new PostgresDatabase(connectionString), configure);

    /// <summary>Orleans' reminders in the same database as the grain states.</summary>
    public static ISiloBuilder UseStorageReminders(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.AddReminders();
        silo.Services.AddSingleton<IReminderTable, DatabaseReminders>();
        return silo;
    }

    /// <summary>Orleans' cluster membership in the same database as the grain states: silos of one cluster id find each other through it.</summary>
    public static ISiloBuilder UseStorageClustering(this ISiloBuilder silo)
    {
        ArgumentNullException.ThrowIfNull(silo);
        silo.Services.AddSingleton<IMembershipTable, DatabaseMembership>();
        return silo;
    }

    /// <summary>Artifacts where a setting says. The host does not start where they cannot be stored, read and deleted there, unless it only reads.</summary>
    public static IServiceCollection AddArtifacts(this IServiceCollection services, ArtifactAddress address, bool readOnly = false)
    {
        services.AddSingleton<IArtifactStore>(_ => address switch
        {
            ArtifactAddress.Bucket bucket => new S3Artifacts(bucket),
            ArtifactAddress.Folder folder => new ArtifactFolder(folder.Path),
            _ => throw new ArgumentOutOfRangeException(nameof(address), address, null),
        });
        if (!readOnly)
        {
            services.AddHostedService(provider => new ArtifactStart(address, provider));
        }
        return services;
    }

    private static IServiceCollection AddStorage(this IServiceCollection services, Database database, Action<StorageOptions>? configure)
    {
        var options = new StorageOptions();
        configure?.Invoke(options);
        services.AddSingleton(_ => database);   // through a factory, so that the container disposes it, after the storage that uses it
        services.AddSingleton(provider => new GroupCommitGrainStorage(provider.GetRequiredService<Database>(), options));
        services.AddSingleton(provider => provider.GetRequiredService<GroupCommitGrainStorage>().Changes);
        services.AddSingleton<ISharedDocuments, SharedDocuments>();
        services.AddSingleton<UnreadableRows>();
        services.AddSingleton(provider => ActivatorUtilities.CreateInstance<DatabaseCatalogue>(provider));
        services.AddSingleton<ICatalogue>(provider => provider.GetRequiredService<DatabaseCatalogue>());
        services.AddSingleton<IFactStore>(provider => provider.GetRequiredService<DatabaseCatalogue>());
        services.AddSingleton<IDatabaseHealth>(provider => new WriteHealth(provider.GetRequiredService<Database>(), provider.GetRequiredService<GroupCommitGrainStorage>()));
        services.AddSingleton<IRunLogs>(provider => ActivatorUtilities.CreateInstance<DatabaseRunLogs>(provider));
        services.AddGrainStorage(ProviderConstants.DEFAULT_STORAGE_PROVIDER_NAME, (provider, _) => provider.GetRequiredService<GroupCommitGrainStorage>());
        services.AddHostedService<StorageStart>();
        return services;
    }
}

/// <summary>Migrates the database before anything else of the host starts, so that a database that cannot be used stops the host with its reason.</summary>
internal sealed class StorageStart(Database database) : IHostedLifecycleService
{
    public Task StartingAsync(CancellationToken cancellationToken) => database.Start(cancellationToken);
    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
