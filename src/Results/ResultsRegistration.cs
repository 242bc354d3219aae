using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Results.Findings;
using Orchestrator.Results.Heads;
using Orchestrator.Results.Projection;
using Orchestrator.Results.Runs;
using Orchestrator.Results.Sql;
using Orchestrator.Results.Sweeps;
using Orchestrator.Results.Tables;
using Orchestrator.Results.Views;
using Orchestrator.Storage.Artifacts;
using Orchestrator.Storage.Catalogue;

namespace Orchestrator.Results;

/// <summary>Puts the read side into a host, over the catalogue, the facts and the artifacts that it has.</summary>
public static class ResultsRegistration
{
    /// <summary>What answers questions.</summary>
    public static IServiceCollection AddResults(this IServiceCollection services)
    {
        services.AddSingleton<SweepDirectory>();
        services.AddSingleton<RunRows>();
        services.AddSingleton<RunOutcomes>();
        services.AddSingleton<RunDigests>();
        services.AddSingleton<SweepResults>();
        services.AddSingleton<RunArtifacts>();
        services.AddSingleton<RunCompositions>();
        services.AddSingleton<RunCurves>();
        services.AddSingleton<RunSections>();
        services.AddSingleton<HeadTables>();
        services.AddSingleton<Trajectories>();
        services.AddSingleton<FindingsReader>();
        services.AddSingleton<SweepCompositions>();
        services.AddSingleton<Planner>();
        services.AddSingleton<TableRows>();
        services.AddSingleton<FilteredRuns>();
        services.AddSingleton<ProjectionBook>();
        services.AddSingleton<DamagedProjections>();
        services.AddSingleton<SegmentFiles>();
        services.AddSingleton<SqlTables>();
        services.AddSingleton(provider => new SqlQueries(provider.GetRequiredService<SqlTables>()));
        return services.AddSingleton<ISqlRunner>(provider => provider.GetRequiredService<SqlQueries>());
    }

    /// <summary>Lets each query run in a process of its own, as the program does; tests and benches, which have no such program, answer in themselves.</summary>
    public static IServiceCollection AddIsolatedQueries(this IServiceCollection services, QueryCommand command) =>
        services.AddSingleton<ISqlRunner>(provider => new IsolatedQueries(provider.GetRequiredService<SqlQueries>(), command));

    /// <summary>What writes the projection that questions read.</summary>
    public static IServiceCollection AddProjection(this IServiceCollection services, ProjectionOptions? options = null)
    {
        services.AddSingleton(provider => new Projector(
            provider.GetRequiredService<ICatalogue>(), provider.GetRequiredService<TableRows>(), provider.GetRequiredService<SweepDirectory>(), provider.GetRequiredService<IArtifactStore>(),
            provider.GetRequiredService<ProjectionBook>(), provider.GetRequiredService<SegmentFiles>(), options ?? new ProjectionOptions(), provider.GetRequiredService<TimeProvider>()));
        return services.AddHostedService<ProjectionService>();
    }
}
