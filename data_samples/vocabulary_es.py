"""What each topic sounds like in Spanish."""

from __future__ import annotations

from vocabulary import TopicWords, theme, topic

SPANISH: dict[str, TopicWords] = {
    "food": topic(
        theme(
            """lentejas con verduras, tortilla de patatas jugosa, empanadas de espinacas, crema de
            calabaza, pollo al horno con romero, tacos de champiñones, arroz caldoso, garbanzos
            con espinacas""",
            """
            Con ingredientes de despensa y una sola olla.
            Añade un chorrito de limón y [perejil fresco|cilantro] al final.
            Salen [cuatro|seis] raciones y se puede congelar.
            El sofrito, sin prisa: ahí está todo el sabor.
            Al día siguiente está todavía más rico.
            """,
        ),
        theme(
            """bizcocho de limón, pan casero sin amasar, arroz con leche, galletas de avena,
            tarta de queso al horno, magdalenas de la tía""",
            """
            Se hornea {m} minutos a 180 grados y se deja reposar.
            La masa descansa toda la noche en la nevera.
            Con la mitad de azúcar también queda muy rico.
            Los huevos, a temperatura ambiente.
            """,
        ),
        titles="""
            {s}: receta [fácil|casera|rápida]
            cómo hacer {s} [en {m} minutos|paso a paso]
            {s} como en casa de la abuela
            {n} trucos para {s}
        """,
        boards="Recetas fáciles, Cenas entre semana, Postres, Cocina de casa",
        tags="receta, cocinacasera, postres",
        bait="freidora de aire, set de sartenes, tarjeta regalo del súper",
    ),
    "home": topic(
        theme(
            """salón pequeño, cocina abierta, dormitorio nórdico, recibidor luminoso,
            rincón de lectura, baño de alquiler, balcón con plantas""",
            """
            Pintamos las paredes en tono arena y cambiamos las lámparas.
            Una alfombra de yute y cortinas de lino dan calidez.
            Los muebles con patas hacen que el piso parezca más grande.
            Las cestas bajo el banco esconden los zapatos.
            Mide la pared antes de comprar la estantería.
            """,
        ),
        theme(
            "armarios de cocina pintados, cómoda recuperada, pared de listones de madera",
            """
            Lijamos y pintamos los muebles nosotros mismos, y el salón parece otro.
            Con dos botes de pintura y un fin de semana cambió la habitación entera.
            """,
            near="diy",
        ),
        titles="""
            ideas para decorar: {s}
            antes y después: {s}
            {s} [con poco presupuesto|en tonos cálidos|con mucha luz]
        """,
        boards="Casa soñada, Decoración, Pisos pequeños, Mi salón",
        tags="decoracion, hogar, interiores",
        bait="robot aspirador, sofá nuevo, juego de sábanas",
    ),
    "diy": topic(
        theme(
            """bolsas de ganchillo, manta de bebé a punto, jersey de cuadros de ganchillo,
            colgantes de macramé, amigurumis de animales""",
            """
            Necesitas hilo de algodón, tijeras y unos {m} minutos.
            El patrón es gratis y se imprime en tamaño real.
            Hecho con restos de lana, así que el color lo eliges tú.
            Me equivoqué en la vuelta {n}, mira bien el esquema.
            """,
            """
            {s}: patrón gratis
            """,
        ),
        theme(
            """macetas pintadas a mano, velas de soja, guirnaldas de papel, marcos con flores secas,
            muñecos de fieltro, estantes de madera reciclada""",
            """
            Deja secar la cola toda la noche y lija los bordes.
            Un regalo bonito, y los niños pueden ayudar a pintar.
            Todo el material salió del cajón de las manualidades.
            """,
        ),
        titles="""
            cómo hacer {s} en casa
            manualidades: {s} [para principiantes|para regalar]
            {s} paso a paso
        """,
        boards="Manualidades, Ganchillo, Hecho a mano, Proyectos de finde",
        tags="hechoamano, ganchillo, manualidades",
        bait="máquina de coser, kit de resina, caja sorpresa de lanas",
    ),
    "fashion": topic(
        theme(
            """pantalón ancho de lino, vestido de invitada, gabardina clásica,
            jersey de punto grueso,
            zapatillas blancas, falda plisada, americana oversize, botines de piel""",
            """
            Con mocasines y un bolso pequeño queda perfecto.
            El abrigo es de segunda mano y costó {m} euros.
            Elegí una talla más y remangué las mangas.
            Colores neutros para combinar {n} prendas toda la semana.
            La tela tiene caída y no se arruga en la maleta.
            """,
        ),
        titles="""
            cómo combinar {s}
            {n} looks con {s}
            {s} [para la oficina|para el otoño|de diario]
        """,
        boards="Mis looks, Armario cápsula, Moda otoño, Invitada de boda",
        tags="moda, lookdeldia, estilo",
        bait="bolso de diseñador, reloj de lujo, zapatillas de marca",
    ),
    "travel": topic(
        theme(
            """tres días en Oporto, ruta por Asturias, Marruecos en tren, escapada a Cádiz,
            Perú con mochila, pueblos blancos de Andalucía, Roma con niños""",
            """
            Madruga: el mirador está vacío antes de las ocho.
            Dormimos en una pensión del casco antiguo por {m} euros.
            El sendero tiene {n} km y poca sombra, lleva agua.
            Guarda el mapa sin conexión antes de volar.
            En temporada baja hay menos gente y los trenes cuestan la mitad.
            """,
        ),
        theme(
            "dónde comer en San Sebastián, mercados de Oaxaca, tapas en Granada",
            """
            Prueba el pescado a la brasa en el puerto.
            Pide medias raciones y comparte: así pruebas {n} platos.
            """,
            near="food",
        ),
        titles="""
            {s}: [guía completa|qué ver|nuestra ruta]
            {s} [con mapa|sin gastar mucho]
            lo que nadie te cuenta: {s}
        """,
        boards="Próximos viajes, Escapadas, Rutas en coche, Lugares con encanto",
        tags="viajes, escapada, rutas",
        bait="crucero para dos, noches de hotel, vuelos baratísimos",
    ),
    "beauty": topic(
        theme(
            "uñas nude, manicura francesa, uñas de otoño",
            """
            Dos capas finas y brillo: aguanta {n} días.
            Empuja las cutículas, limpia la uña y luego pinta.
            """,
        ),
        theme(
            """maquillaje de día, rizos sin calor, rutina para piel seca, flequillo cortina,
            recogido con trenzas""",
            """
            Aplica sobre la piel húmeda y sella con crema.
            Usa siempre protector solar y prueba antes en el brazo.
            Seca al aire y duerme con funda de satén.
            Menos producto del que crees, y bien difuminado.
            """,
        ),
        titles="""
            {s} [paso a paso|para principiantes|para todo el día]
            ideas: {s}
            mi secreto para {s}
        """,
        boards="Uñas bonitas, Pelo, Cuidado de la piel, Maquillaje",
        tags="unas, maquillaje, skincare",
        bait="sérum antiedad, blanqueador dental, aceite milagroso",
    ),
    "fitness": topic(
        theme(
            """rutina de piernas, yoga por la mañana, estiramientos para corredores,
            estiramientos de espalda, pilates en la pared, ejercicios con bandas""",
            """
            Haz {n} series y descansa {m} segundos.
            Solo necesitas una esterilla y una silla.
            Suelta el aire al subir y baja despacio.
            Los días de descanso también cuentan.
            """,
        ),
        titles="""
            {s} en {m} minutos
            {s} [en casa|sin material|para empezar]
        """,
        boards="Ejercicio en casa, Correr, Yoga",
        tags="entrenoencasa, yoga, correr",
        bait="té quemagrasa, parches detox, plan para adelgazar",
    ),
    "tech": topic(
        theme(
            "escritorio minimalista, teclado mecánico, sensores para casa",
            """
            Un solo cable USB-C para el monitor y la carga.
            La batería dura {n} días y se carga en una hora.
            La lista de piezas y los precios están en el artículo.
            """,
        ),
        theme(
            "atajos de hojas de cálculo, fotos con el móvil, copias de seguridad",
            """
            Los ajustes están en el artículo, sin instalar nada más.
            Funciona sin conexión y me ahorra {m} minutos a la semana.
            """,
        ),
        titles="""
            {s}: [trucos|guía rápida]
            {n} consejos: {s}
        """,
        boards="Tecnología, Mi escritorio",
        tags="tecnologia, productividad",
        bait="móvil gratis, consola, auriculares inalámbricos",
    ),
}
