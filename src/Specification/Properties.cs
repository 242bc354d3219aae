using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Orchestrator.Specification.Tests")]
