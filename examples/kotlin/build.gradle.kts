plugins {
    kotlin("jvm") version "2.2.20"
    id("com.apollographql.apollo") version "4.3.2"
    application
}

repositories { mavenCentral() }

dependencies {
    implementation("com.apollographql.apollo:apollo-runtime")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-core:1.10.2")
}

application { mainClass.set("MainKt") }

apollo {
    service("fund") {
        packageName.set("fund")
        schemaFiles.from(file("../../schema.graphql"))
        srcDir("../../app")
        // A Double cannot hold cents.
        listOf("Money", "Rate").forEach { mapScalar(it, "java.math.BigDecimal", "fund.DecimalAdapter") }
        listOf("Month", "Date", "DateTime").forEach { mapScalarToKotlinString(it) }
        operationManifestFormat.set("persistedQueryManifest") // for `bff documents register`
    }
}
