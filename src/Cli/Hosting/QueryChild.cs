using Microsoft.Extensions.DependencyInjection;
using Orchestrator.Results;
using Orchestrator.Results.Sql;
using Orchestrator.Silo;

namespace Orchestrator.Cli.Hosting;

/// <summary>This program as the process of one query.</summary>
internal static class QueryChild
{
    /// <summary>The only argument of such a process; no verb has its name.</summary>
    public const string Argument = "--answer-one-query";

    /// <summary>Queries of a server that has tokens, or watches for them, run in processes of their own, which it outlives; one that serves its owner alone has no need of that.</summary>
    public static void AddIsolatedQueries(this IServiceCollection services, HttpAccess access)
    {
        if (!access.IsOpen || !access.IsLocal || access.Tokens is not null)
        {
            services.AddIsolatedQueries(Command());
        }
    }

    private static QueryCommand Command()
    {
        var program = Environment.ProcessPath ?? throw new InvalidOperationException("the path of this program is not known");
        return new QueryCommand(program, Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(QueryChild).Assembly.Location, Argument] : [Argument]);
    }
}
